"""The base's text encoder and UNet, trained together from scratch on the latents of the base's pictures."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDPMScheduler, PNDMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from demo.bake_models.averaging import Average
from demo.bake_models.latent_pictures import LatentPictures, encode_pictures
from demo.bake_models.prompts import training_prompt
from demo.bake_models.tokenizer import NUM_POSITIONS, write_tokenizer
from demo.bake_models.training_pictures import BUCKET_WEIGHTS

BATCH = 24
LARGEST_WEIGHT = 20.0
# Wide enough to keep apart the pieces that no prompt of the base holds.
EMBEDDING_STD = 0.1
TEXT_WIDTH = 128
SEED = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the training. `schedule_steps` is where its learning rate would reach zero."""

    steps: int
    schedule_steps: int
    learning_rate: float
    made_up_share: float
    num_pictures: int = 8_000


# First the words, then made-up words among them while the learning rate falls to zero.
STAGES = (
    Stage(steps=2500, schedule_steps=7500, learning_rate=1e-3, made_up_share=0.0, num_pictures=14_000),
    Stage(steps=1200, schedule_steps=1200, learning_rate=7e-4, made_up_share=0.2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denoiser:
    """What is trained: a text encoder and the UNet that reads it."""

    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel

    def modules(self) -> torch.nn.ModuleList:
        """Both as one module."""
        return torch.nn.ModuleList([self.text_encoder, self.unet])


def bake_denoiser(
    tokenizer_folder: Path,
    vae: AutoencoderKL,
    report: Callable[[int, dict[str, float]], None],
    *,
    stages: Sequence[Stage] = STAGES,
) -> Denoiser:
    """Writes the tokenizer, then builds and trains text encoder and UNet from the fixed seed."""
    torch.manual_seed(SEED)
    denoiser = new_denoiser(write_tokenizer(tokenizer_folder))
    train_denoiser(denoiser, vae, report, stages=stages)
    return denoiser


def new_denoiser(tokenizer: CLIPTokenizer) -> Denoiser:
    """Untrained models of Stable Diffusion 1.5's shape.

    Its one downsampling of latents lets a picture's sides go in steps of 16 px.
    """
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=2 * TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=NUM_POSITIONS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    torch.nn.init.normal_(text.get_input_embeddings().weight, std=EMBEDDING_STD)
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=(64, 128),
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
    )
    return Denoiser(tokenizer=tokenizer, text_encoder=text, unet=unet)


def new_scheduler() -> PNDMScheduler:
    """Stable Diffusion 1.5's noise schedule."""
    return PNDMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="epsilon",
        skip_prk_steps=True,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def train_denoiser(
    denoiser: Denoiser,
    vae: AutoencoderKL,
    report: Callable[[int, dict[str, float]], None],
    *,
    stages: Sequence[Stage],
) -> None:
    """Trains in place, stage after stage. `report(step, losses)` is called after every step."""
    done = 0
    for number, stage in enumerate(stages):
        torch.manual_seed(SEED + number)
        rng = random.Random(SEED + number)
        buckets = encode_pictures(vae, stage.num_pictures, rng)
        train_stage(denoiser, buckets, stage, rng, _counted_from(done, report))
        done += stage.steps


def _counted_from(
    done: int, report: Callable[[int, dict[str, float]], None]
) -> Callable[[int, dict[str, float]], None]:
    return lambda step, losses: report(done + step, losses)


def train_stage(
    denoiser: Denoiser,
    buckets: Sequence[LatentPictures],
    stage: Stage,
    rng: random.Random,
    report: Callable[[int, dict[str, float]], None],
) -> None:
    """Trains in place for one stage and leaves the averaged weights."""
    noising = DDPMScheduler.from_config(new_scheduler().config)
    models = denoiser.modules().train()
    average = Average(models)
    optimizer = torch.optim.AdamW(
        models.parameters(), lr=stage.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, stage.learning_rate, total_steps=stage.schedule_steps, pct_start=0.05
    )
    for step in range(stage.steps):
        motifs, latents = rng.choices(buckets, BUCKET_WEIGHTS)[0].batch(BATCH, rng)
        prompts = [training_prompt(motif, rng, made_up_share=stage.made_up_share) for motif in motifs]
        loss, plain = denoising_loss(denoiser, noising, latents, prompts)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(models.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update(step)
        report(step, {"mse": plain.item(), "weighted": loss.item()})
    average.copy_to(models)
    models.eval()


def denoising_loss(
    denoiser: Denoiser, noising: DDPMScheduler, latents: torch.Tensor, prompts: Sequence[str]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted and the plain squared error of the predicted noise.

    The weight 1 + 1/SNR, at most `LARGEST_WEIGHT`, is that of predicting the velocity: in flat pictures the
    colours are decided at high noise, where the plain error is small.
    Source: Salimans and Ho 2022, Progressive Distillation, section 4.
    """
    noise = torch.randn_like(latents)
    times = torch.randint(0, 1000, (len(latents),))
    noisy = noising.add_noise(latents, noise, times)
    predicted = denoiser.unet(noisy, times, encode_prompts(denoiser, prompts)).sample
    errors = (predicted.float() - noise).square().mean(dim=(1, 2, 3))
    kept = noising.alphas_cumprod[times]
    weights = (1 + (1 - kept) / kept).clamp(max=LARGEST_WEIGHT)
    return (errors * weights).mean(), errors.detach().mean()


def encode_prompts(denoiser: Denoiser, prompts: Sequence[str]) -> torch.Tensor:
    """Prompts as the UNet reads them: (b, 77, width), padded to all positions as the pipeline does."""
    tokens = denoiser.tokenizer(
        list(prompts), padding="max_length", max_length=NUM_POSITIONS, truncation=True, return_tensors="pt"
    )
    hidden: torch.Tensor = denoiser.text_encoder(tokens.input_ids).last_hidden_state
    return hidden
