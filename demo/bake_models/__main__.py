"""The command line: `python -m demo.bake_models [vae|base|tagger|all]` trains and writes demo/weights."""

import argparse
from pathlib import Path

import torch
from diffusers import AutoencoderKL

from demo.bake_models.autoencoder import train_vae
from demo.bake_models.denoiser import bake_denoiser
from demo.bake_models.pipeline import write_pipeline
from demo.bake_models.records import LossRecord
from demo.bake_models.tagger import train_tagger
from demo.bake_models.tagger_onnx import write_tagger
from demo.places import BASE, TAGGER, WEIGHTS


def main() -> None:
    """Bakes what is named. The base is trained on the latents of the VAE that lies in its folder."""
    parser = argparse.ArgumentParser(prog="python -m demo.bake_models", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("vae", "base", "tagger", "all"), default="all")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder to write to")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    chosen.weights.mkdir(parents=True, exist_ok=True)
    if chosen.what in {"tagger", "all"}:
        bake_tagger(chosen.weights)
    if chosen.what in {"vae", "all"}:
        bake_vae(chosen.weights)
    if chosen.what in {"base", "all"}:
        bake_base(chosen.weights)


def bake_tagger(weights: Path) -> None:
    """Trains the tagger and writes it."""
    record = LossRecord(model="tagger")
    net = train_tagger(record.add)
    write_tagger(net, weights / TAGGER.name)
    record.write(weights, num_parameters=count_parameters(net))


def bake_vae(weights: Path) -> None:
    """Trains the VAE and puts it, in half precision, into the base's folder."""
    record = LossRecord(model="vae")
    vae = train_vae(record.add)
    vae.half().save_pretrained(weights / BASE.name / "vae")
    record.write(weights, num_parameters=count_parameters(vae))


def bake_base(weights: Path) -> None:
    """Trains text encoder and UNet on the VAE's latents and completes the base's folder."""
    record = LossRecord(model="base")
    folder = weights / BASE.name
    vae = AutoencoderKL.from_pretrained(folder / "vae", dtype=torch.float32).eval()
    denoiser = bake_denoiser(folder / "tokenizer", vae, record.add)
    write_pipeline(vae, denoiser, folder)
    record.write(weights, num_parameters=count_parameters(denoiser.modules()))


def count_parameters(module: torch.nn.Module) -> int:
    """The number of weights of a module."""
    return sum(parameter.numel() for parameter in module.parameters())


if __name__ == "__main__":
    main()
