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
    # As in Stable Diffusion 1.5's own file: PNDM has no such key, but a DDIM scheduler built from this
    # configuration would else clip its predicted latents to -1..1, and colours would be lost.
    _edit(folder / "scheduler" / "scheduler_config.json", clip_sample=False)
    # Where on this machine the VAE was read from is nobody's business.
    _edit(folder / "vae" / "config.json", _name_or_path=None)
    pipeline.to(dtype=torch.float32)


def _edit(config_path: Path, **changes: bool | None) -> None:
    """Set keys of a JSON file; None takes one away."""
    config = {**json.loads(config_path.read_text()), **changes}
    kept = {name: value for name, value in config.items() if name not in changes or value is not None}
    config_path.write_text(json.dumps(kept, indent=2) + "\n")
