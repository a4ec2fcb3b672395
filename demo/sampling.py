"""Draws pictures with the base, with or without an adapter, through diffusers' own pipeline."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

# What these two warn of, some of it while they are imported, is of no use to who bakes the demo.
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from transformers.utils import logging as transformers_logging

from bakehouse.errors import NotFoundError
from demo.places import BASE

Pipeline: TypeAlias = StableDiffusionPipeline

STEPS = 20
GUIDANCE = 2.0
BATCH = 24


def load_pipeline(folder: Path = BASE, adapter: Path | None = None) -> Pipeline:
    """The base in float32 with a DDIM sampler, and the adapter file's LoRA in it where one is named."""
    if not (folder / "model_index.json").exists():
        raise NotFoundError(f"{folder}: no model_index.json; bake it with `python -m demo.bake_models base`")
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    if adapter is not None:
        if not adapter.is_file():
            raise NotFoundError(f"{adapter}: no such adapter file")
        pipeline.load_lora_weights(adapter.parent, weight_name=adapter.name)
    return pipeline


def sample(
    pipeline: Pipeline,
    prompts: Sequence[str],
    size: tuple[int, int],
    *,
    seed: int,
    guidance: float = GUIDANCE,
) -> list[Image.Image]:
    """One RGB picture of (width, height) px a prompt. Picture k is of seed + k, whatever shares its batch."""
    pictures: list[Image.Image] = []
    for start, part in _parts(prompts):
        generators = [torch.Generator().manual_seed(seed + start + place) for place in range(len(part))]
        pictures += pipeline(
            list(part),
            width=size[0],
            height=size[1],
            num_inference_steps=STEPS,
            guidance_scale=guidance,
            generator=generators,
        ).images
    return pictures


def _parts(prompts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(0, len(prompts), BATCH):
        yield start, prompts[start : start + BATCH]
