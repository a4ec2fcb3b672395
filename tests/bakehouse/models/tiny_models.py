"""Tiny random models in the genuine classes, as a diffusers folder and as a single file."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from safetensors.torch import save_file
from torch import Tensor
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from tests.bakehouse.models.original_names import original_clip, original_unet, original_vae

WORDS = ("a", "red", "green", "blue", "circle", "square", "star", "on", "the", "ground")
TEXT_WIDTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyModel:
    """Everything of a model, in memory."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    scheduler: DDPMScheduler


def tiny_model(seed: int = 0, *, norm_groups: int = 32, prediction_type: str = "epsilon") -> TinyModel:
    """Channels that 32 groups divide, so that a single file needs no configuration beside it."""
    torch.manual_seed(seed)
    width = max(norm_groups, 8)
    tokenizer = tiny_tokenizer()
    unet = UNet2DConditionModel(
        block_out_channels=(width, width * 2),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        norm_num_groups=norm_groups,
        sample_size=8,
    )
    vae = AutoencoderKL(
        block_out_channels=(width,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=norm_groups,
        sample_size=64,
    )
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=1,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    scheduler = DDPMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction_type,
        clip_sample=False,
    )
    for module in (unet, vae, text_encoder):
        torch.nn.Module.eval(module)
    return TinyModel(
        unet=unet,
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        scheduler=scheduler,
    )


def tiny_tokenizer() -> CLIPTokenizer:
    """Bytes as CLIP writes them, alone and at the end of a word, and a few whole words made by merges."""
    letters = [chr(code) for code in (*range(33, 127),)]
    vocab = {token: number for number, token in enumerate([*letters, *(f"{c}</w>" for c in letters)])}
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            pair = pieces[0], pieces[1]
            if pair not in merges:
                merges.append(pair)
                vocab.setdefault("".join(pair), len(vocab))
            pieces = ["".join(pair), *pieces[2:]]
    for mark in ("<|startoftext|>", "<|endoftext|>"):
        vocab[mark] = len(vocab)
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)


def save_folder(model: TinyModel, folder: Path) -> Path:
    """As `StableDiffusionPipeline.save_pretrained` does it, without the safety checker."""
    folder.mkdir(parents=True)
    for name in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        getattr(model, name).save_pretrained(folder / name)
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1"}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def save_single(model: TinyModel, folder: Path, *, configs: bool = False) -> Path:
    """One file in the names of the original Stable Diffusion, and the tokenizer beside it."""
    folder.mkdir(parents=True)
    save_file(single_tensors(model), folder / "model.safetensors")
    model.tokenizer.save_pretrained(folder / "tokenizer")
    if configs:
        for name in ("unet", "vae", "text_encoder"):
            getattr(model, name).save_pretrained(folder / name)
            for weights in (folder / name).glob("*.safetensors"):
                weights.unlink()
    return folder


def single_tensors(model: TinyModel) -> dict[str, Tensor]:
    unet = original_unet(model.unet.state_dict(), layers=model.unet.config["layers_per_block"])
    vae = original_vae(model.vae.state_dict())
    clip = original_clip(model.text_encoder.state_dict())
    return {name: tensor.clone().contiguous() for name, tensor in (unet | vae | clip).items()}


def copy_without(folder: Path, target: Path, name: str) -> Path:
    """A copy of a model's folder that lacks a file or folder."""
    shutil.copytree(folder, target)
    gone = target / name
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()
    return target


def change_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | dict(values)))
