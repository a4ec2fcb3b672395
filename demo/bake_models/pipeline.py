"""The base as one diffusers folder: half precision on disk, whole when loaded."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline

from demo.bake_models.denoiser import Denoiser, new_scheduler


def write_pipeline(vae: AutoencoderKL, denoiser: Denoiser, folder: Path) -> None:
    """Writes model_index.json and the parts' folders. The models given are left in float32."""
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=denoiser.text_encoder,
        tokenizer=denoiser.tokenizer,
        unet=denoiser.unet,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16)
    pipeline.save_pretrained(folder)
    _unclip(folder / "scheduler" / "scheduler_config.json")
    pipeline.to(dtype=torch.float32)


def _unclip(config_path: Path) -> None:
    # As in Stable Diffusion 1.5's own file: PNDM has no such key, but a DDIM scheduler built from this
    # configuration would else clip its predicted latents to -1..1, and colours would be lost.
    config = json.loads(config_path.read_text())
    config_path.write_text(json.dumps({**config, "clip_sample": False}, indent=2) + "\n")
