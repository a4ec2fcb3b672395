"""Everything that a training job needs, made in a test: a registered tiny model, pictures' latents, texts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bakehouse.base_model import save_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.keys import compute_key
from bakehouse.cache.shards import IndexEntry, write_shard
from bakehouse.cache.shards import Tensor as Stored
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest, digest_bytes
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.schema import KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter
from bakehouse.models.loading import (
    describe_model,
    load_denoiser,
    load_scheduler,
    load_text_encoder,
    load_tokenizer,
    load_vae,
)
from bakehouse.models.text import encode_texts
from bakehouse.models.tokens import tokenize
from tests.bakehouse.models.tiny_models import TinyModel, save_folder, save_single, tiny_model

PROJECT = "p"
SIZES = ((64, 64), (48, 80))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bakery:
    """A store with a model and `inputs` for training; `base_model` and `empty_text` are for the spec."""

    store: DirectoryStore
    scratch: Path
    model: TinyModel
    base_model: Digest
    inputs: Mapping[str, Digest]
    empty_text: Mapping[str, Any]

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, PROJECT)

    def spec(self, **changes: Any) -> dict[str, Any]:
        """A short run."""
        spec = {
            "base_model": self.base_model,
            "network_dim": 2,
            "network_alpha": "1",
            "learning_rate": "0.01",
            "max_train_steps": 4,
            "train_batch_size": 2,
            "seed": 7,
        }
        return {**spec, **changes}


def open_bakery(
    folder: Path, base: Path | None = None, *, num_pictures: int = 5, single: bool = False
) -> Bakery:
    """With the diffusers folder `base`, or else a tiny model."""
    store = DirectoryStore(folder / "store")
    store.create()
    if base is None:
        model = tiny_model()
        base = save_single(model, folder / "single") if single else save_folder(model, folder / "model")
    else:
        model = load_model(base)
    base_model = register(Blobs(store, "shared"), base, single=single)
    inputs, empty = write_inputs(Blobs(store, PROJECT), model, folder, num_pictures)
    return Bakery(
        store=store,
        scratch=folder,
        model=model,
        base_model=base_model,
        inputs=inputs,
        empty_text=empty,
    )


def load_model(folder: Path) -> TinyModel:
    described = describe_model(folder, "diffusers", digest_bytes(b""))
    return TinyModel(
        unet=load_denoiser(described, folder, torch.float32),
        vae=load_vae(described, folder, torch.float32),
        text_encoder=load_text_encoder(described, folder, torch.float32),
        tokenizer=load_tokenizer(described, folder),
        scheduler=load_scheduler(described, folder),
    )


def register(shared: Blobs, saved: Path, *, single: bool) -> Digest:
    lines = []
    for path in sorted(saved.rglob("*")):
        if path.is_file():
            digest = shared.put(path.read_bytes())
            name = path.relative_to(saved).as_posix()
            line = {"digest": digest, "name": name, "size_bytes": path.stat().st_size}
            lines.append(json.dumps(line).encode() + b"\n")
    listing = shared.put(b"".join(lines))
    return save_base_model(shared, describe_model(saved, "single" if single else "diffusers", listing))


def write_inputs(
    blobs: Blobs, model: TinyModel, scratch: Path, num_pictures: int
) -> tuple[Mapping[str, Digest], Mapping[str, Any]]:
    ids = sorted(sample_id("cats", f"{number}.png") for number in range(num_pictures))
    sizes = [SIZES[number % len(SIZES)] for number in range(num_pictures)]
    captions = [f"a red star, picture {number}" for number in range(num_pictures)]
    latents = put_tensors(blobs, "latent", [random_latent(number, size) for number, size in enumerate(sizes)])
    texts = put_tensors(blobs, "text", list(encode(model, [*captions, ""])))
    empty = {**place_of(texts[-1]), "num_tokens": 77}
    tables = {
        "snapshot": {
            "samples": [row(id_, entry="cats", name=f"{n}.png") for n, id_ in enumerate(ids)],
            "buckets": [
                row(id_, draw=0, bucket_width=width, bucket_height=height)
                for id_, (width, height) in zip(ids, sizes, strict=True)
            ],
        },
        "captions": {
            "captions": [row(id_, variant=0, text=text) for id_, text in zip(ids, captions, strict=True)]
        },
        "latents": {"latents": [row(i, draw=0, **place_of(at)) for i, at in zip(ids, latents, strict=True)]},
        "texts": {
            "texts": [row(i, variant=0, **place_of(at)) for i, at in zip(ids, texts[:-1], strict=True)]
        },
    }
    return {stage: put_manifest(blobs, stage, made, scratch) for stage, made in tables.items()}, empty


def row(id_: bytes, **values: Any) -> dict[str, Any]:
    return {"sample_id": id_, "state": KEPT, **values}


def place_of(entry: IndexEntry) -> dict[str, Any]:
    return {"key": entry.key, "shard": entry.shard, "row": entry.row, "crc32c": entry.crc32c}


def put_manifest(
    blobs: Blobs, stage: str, tables: Mapping[str, Sequence[Mapping[str, Any]]], scratch: Path
) -> Digest:
    writer = TableWriter(blobs, scratch=scratch)
    written = {
        name: writer.write(TABLES[name], row_batches(TABLES[name], rows)) for name, rows in tables.items()
    }
    manifest = Manifest(stage=stage, revision=1, spec=canonical_digest({}), tables=written)
    return save_manifest(blobs, manifest).blob


def put_tensors(blobs: Blobs, kind: str, tensors: Sequence[Tensor]) -> list[IndexEntry]:
    rows = [
        (
            compute_key(kind, 1, {"number": number}),
            Stored(dtype="F32", shape=tuple(tensor.shape), data=tensor.contiguous().numpy().tobytes()),
        )
        for number, tensor in enumerate(tensors)
    ]
    return list(write_shard(blobs, rows).entries)


def random_latent(number: int, size: tuple[int, int]) -> Tensor:
    generator = torch.Generator().manual_seed(number)
    return torch.randn(4, size[1] // 8, size[0] // 8, generator=generator) * 5


@torch.no_grad()
def encode(model: TinyModel, texts: Sequence[str]) -> Tensor:
    return encode_texts(model.text_encoder, tokenize(model.tokenizer, texts, max_token_length=75))
