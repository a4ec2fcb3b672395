from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline

from demo.bake_models.autoencoder import new_vae
from demo.bake_models.denoiser import new_denoiser
from demo.bake_models.pipeline import write_pipeline
from demo.bake_models.tokenizer import write_tokenizer


def test_a_folder_loads_as_it_was_written(tmp_path: Path) -> None:
    torch.manual_seed(0)
    denoiser = new_denoiser(write_tokenizer(tmp_path / "out" / "tokenizer"))
    write_pipeline(new_vae(), denoiser, tmp_path / "out")
    pipeline = StableDiffusionPipeline.from_pretrained(tmp_path / "out", dtype=torch.float32)
    written, read = denoiser.unet.conv_in.weight, pipeline.unet.conv_in.weight
    assert written.dtype == read.dtype == torch.float32
    torch.testing.assert_close(written.half(), read.half())
    stored = tmp_path / "out" / "unet" / "diffusion_pytorch_model.safetensors"
    num_parameters = sum(parameter.numel() for parameter in denoiser.unet.parameters())
    assert stored.stat().st_size < 2.1 * num_parameters
    sampler = DDIMScheduler.from_config(pipeline.scheduler.config)
    assert sampler.config.clip_sample is False


def test_a_folder_says_nothing_of_where_it_was_made(tmp_path: Path) -> None:
    new_vae().save_pretrained(tmp_path / "vae")
    vae = AutoencoderKL.from_pretrained(tmp_path / "vae")
    denoiser = new_denoiser(write_tokenizer(tmp_path / "out" / "tokenizer"))
    write_pipeline(vae, denoiser, tmp_path / "out")
    texts = [path.read_text() for path in (tmp_path / "out").rglob("*.json")]
    assert not any(str(tmp_path) in text for text in texts)
