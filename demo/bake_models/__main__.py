"""The command line: `python -m demo.bake_models [vae|base|tagger|all]` trains and writes demo/weights."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import AutoencoderKL

from demo.bake_models.autoencoder import STEPS as VAE_STEPS
from demo.bake_models.autoencoder import train_vae
from demo.bake_models.denoiser import STAGES, Stage, bake_denoiser
from demo.bake_models.pipeline import write_pipeline
from demo.bake_models.records import LossRecord
from demo.bake_models.tagger import STEPS as TAGGER_STEPS
from demo.bake_models.tagger import train_tagger
from demo.bake_models.tagger_onnx import write_tagger
from demo.places import BASE, TAGGER, WEIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long each model is trained, in steps; the base in stages."""

    tagger: int = TAGGER_STEPS
    vae: int = VAE_STEPS
    base: Sequence[Stage] = STAGES


# Enough to see that everything works, and no more: the weights draw nothing.
SHORT = Lengths(tagger=2, vae=2, base=[replace(stage, steps=2, num_pictures=20) for stage in STAGES])


def main(arguments: Sequence[str] | None = None) -> None:
    """Bakes what is named. The base is trained on the latents of the VAE that lies in its folder."""
    parser = argparse.ArgumentParser(prog="python -m demo.bake_models", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("vae", "base", "tagger", "all"), default="all")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder to write to")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="two steps of each, to see that it works here")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    chosen.weights.mkdir(parents=True, exist_ok=True)
    lengths = SHORT if chosen.short else Lengths()
    if chosen.what in {"tagger", "all"}:
        bake_tagger(chosen.weights, lengths)
    if chosen.what in {"vae", "all"}:
        bake_vae(chosen.weights, lengths)
    if chosen.what in {"base", "all"}:
        bake_base(chosen.weights, lengths)


def bake_tagger(weights: Path, lengths: Lengths) -> None:
    """Trains the tagger and writes it."""
    record = LossRecord(model="tagger")
    net = train_tagger(record.add, steps=lengths.tagger)
    write_tagger(net, weights / TAGGER.name)
    record.write(weights, num_parameters=count_parameters(net))


def bake_vae(weights: Path, lengths: Lengths) -> None:
    """Trains the VAE and puts it, in half precision, into the base's folder."""
    record = LossRecord(model="vae")
    vae = train_vae(record.add, steps=lengths.vae)
    vae.half().save_pretrained(weights / BASE.name / "vae")
    record.write(weights, num_parameters=count_parameters(vae))


def bake_base(weights: Path, lengths: Lengths) -> None:
    """Trains text encoder and UNet on the VAE's latents and completes the base's folder."""
    record = LossRecord(model="base")
    folder = weights / BASE.name
    vae = AutoencoderKL.from_pretrained(folder / "vae", dtype=torch.float32).eval()
    denoiser = bake_denoiser(folder / "tokenizer", vae, record.add, stages=lengths.base)
    write_pipeline(vae, denoiser, folder)
    record.write(weights, num_parameters=count_parameters(denoiser.modules()))


def count_parameters(module: torch.nn.Module) -> int:
    """The number of weights of a module."""
    return sum(parameter.numel() for parameter in module.parameters())


if __name__ == "__main__":
    main()
