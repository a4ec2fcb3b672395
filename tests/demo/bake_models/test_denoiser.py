from pathlib import Path

import pytest
import torch
from diffusers import DDPMScheduler

from demo.bake_models.denoiser import Denoiser, denoising_loss, encode_prompts, new_denoiser, new_scheduler
from demo.bake_models.tokenizer import write_tokenizer
from demo.bake_models.training_pictures import BUCKETS


@pytest.fixture(scope="module")
def denoiser(tmp_path_factory: pytest.TempPathFactory) -> Denoiser:
    torch.manual_seed(0)
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    return new_denoiser(write_tokenizer(folder))


@pytest.mark.parametrize("bucket", BUCKETS)
def test_every_bucket_passes_through_the_unet(denoiser: Denoiser, bucket: tuple[int, int]) -> None:
    latents = torch.zeros(1, 4, bucket[1] // 8, bucket[0] // 8)
    with torch.no_grad():
        out = denoiser.unet(latents, torch.tensor([10]), encode_prompts(denoiser, ["star"])).sample
    assert out.shape == latents.shape


def test_a_prompt_fills_all_positions(denoiser: Denoiser) -> None:
    with torch.no_grad():
        hidden = encode_prompts(denoiser, ["star", ""])
    assert hidden.shape == (2, 77, 128)
    assert not torch.allclose(hidden[0], hidden[1])


def test_the_loss_is_weighted_towards_high_noise(denoiser: Denoiser) -> None:
    noising = DDPMScheduler.from_config(new_scheduler().config)
    with torch.no_grad():
        weighted, plain = denoising_loss(denoiser, noising, torch.randn(4, 4, 8, 8), ["star"] * 4)
    assert 0 < plain < weighted
