"""Plays every stage of a bake with trivial work, to test pipelines on: no picture is opened, nothing trained.

An item takes BAKEHOUSE_PLAY_MS. What a stage computed is remembered by key, so a second bake has hits. A
training section may say `step_ms`, `explode` (planning fails) and `crumble` (a step fails).
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bakehouse.base_model import BaseModel, load_base_model, save_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ConfigError, ItemFailure
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary, UnitOutputs, UnitRequest

KINDS = {
    "encoder": ("register", "latents", "texts"),
    "dataset": ("snapshot",),
    "captioner": ("tag",),
    "trainer": ("train", "check"),
}
_UNIT_ITEMS = 4


class PlayStage:
    """All stages of all services."""

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        spec: Any = request.spec
        if "explode" in spec:
            raise InvalidInputError("training.explode: unknown; leave it out")
        if request.kind == "trainer.check":
            return PlanSummary()
        items = _items(request)
        missing = [item for item in items if not _is_known(request, item)]
        size = len(missing) if request.kind == "trainer.train" else _UNIT_ITEMS
        for start in range(0, len(missing), size or 1):
            unit = missing[start : start + size]
            inputs: dict[str, Json] = dict(request.inputs)
            plan.add_unit(canonical_bytes({"items": unit, "inputs": inputs}), num_items=len(unit))
        return PlanSummary(num_hits=len(items) - len(missing))

    def finalise(self, request: FinaliseRequest) -> Json:
        for result in request.results:
            outputs: Any = result.outputs
            if request.kind == "trainer.train":
                trained: Json = outputs
                return trained
            for item in outputs["items"]:
                request.blobs.store.put(_key(request, item), [b"1"], size_bytes=1)
        finish: dict[str, Callable[[FinaliseRequest], Json]] = {
            "encoder.register": _registered,
            "dataset.snapshot": _snapshot,
            "captioner.tag": _captions,
            "encoder.latents": partial(_table, name="latents"),
            "encoder.texts": _texts,
        }
        return finish[request.kind](request)


def make_runner() -> "PlayRunner":
    return PlayRunner()


class PlayRunner:
    def open(self, request: UnitRequest) -> "PlayWork":
        return PlayWork(request)


class PlayWork:
    def __init__(self, request: UnitRequest) -> None:
        self._request = request
        self._unit: Any = json.loads(request.payload)
        self._spec: Any = request.spec
        self._num_steps = 0

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        return [self._unit["items"]]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        pause_ms = self._spec.get("step_ms", int(os.environ.get("BAKEHOUSE_PLAY_MS", "5")))
        for _ in items:
            if "crumble" in self._spec:
                raise ConfigError("the loss is NaN at step 1; lower the learning rate")
            if self._is_stopped():
                break
            time.sleep(pause_ms / 1000)
            self._num_steps += 1
        return ()

    def close(self) -> UnitOutputs:
        if self._request.kind != "trainer.train":
            return UnitOutputs(outputs={"items": self._unit["items"]})
        blobs, seed = self._request.blobs, {"spec": self._spec, "inputs": self._unit["inputs"]}
        adapters = [blobs.put(canonical_bytes({**seed, "epoch": epoch})) for epoch in (1, 2)]
        losses = blobs.put(b'{"step": 1}\n')
        sample = blobs.put(b"png")
        outputs: Json = {
            "adapter": adapters[-1],
            "adapters": [
                {"epoch": epoch, "step": self._num_steps, "digest": digest}
                for epoch, digest in enumerate(adapters, start=1)
            ],
            "losses": losses,
            "samples": [{"epoch": 0, "step": 0, "prompt": "a cake", "seed": 7, "digest": sample}],
            "metadata": {"ss_steps": str(self._num_steps)},
            "seed": 42,
        }
        return UnitOutputs(outputs=outputs, blobs=[*adapters, losses, sample])

    def _is_stopped(self) -> bool:
        blobs = self._request.blobs
        key = f"{blobs.project}/checkpoints/{self._request.plan}/stop"
        return self._request.kind == "trainer.train" and blobs.store.stat(key) is not None


def listing(files: Mapping[str, bytes]) -> bytes:
    """The listing of some files."""
    lines = [
        canonical_bytes({"digest": digest_bytes(data), "name": name, "size_bytes": len(data)})
        for name, data in sorted(files.items())
    ]
    return b"".join(line + b"\n" for line in lines)


def _items(request: PlanRequest | FinaliseRequest) -> list[str]:
    spec: Any = request.spec
    match request.kind:
        case "encoder.register":
            return ["model"]
        case "dataset.snapshot":
            return [f"{name}/{digest}" for name, digest in _files(request)]
        case "trainer.train":
            return [f"step-{step:06d}" for step in range(spec["max_train_steps"])]
        case "encoder.texts":
            return sorted({*_read(request, "captions").get("texts", {}).values(), "<empty>"})
        case _:
            return [f"{name}/{digest}" for name, digest in _read(request, "snapshot")["files"]]


def _files(request: PlanRequest | FinaliseRequest) -> Iterator[tuple[str, str]]:
    spec: Any = request.spec
    for entry in spec["entries"]:
        for line in request.blobs.get(Digest(entry["listing"])).splitlines():
            fields = json.loads(line)
            yield f"{entry['id']}/{fields['name']}", fields["digest"]


def _read(request: PlanRequest | FinaliseRequest, role: str) -> Any:
    return json.loads(request.blobs.get(request.inputs[role]))


def _is_known(request: PlanRequest, item: str) -> bool:
    is_cached = request.kind not in {"encoder.register", "trainer.train"}
    return is_cached and request.blobs.store.stat(_key(request, item)) is not None


def _key(request: PlanRequest | FinaliseRequest, item: str) -> str:
    spec: Any = request.spec
    content = item.rpartition("/")[2]
    key = canonical_digest({"kind": request.kind, "content": content, "tagger": spec.get("tagger")})
    return f"{request.blobs.project}/play/{key}"


def _registered(request: FinaliseRequest) -> Json:
    spec: Any = request.spec
    part = digest_bytes(b"tensors")
    names = ("vae", "text_encoder", "tokenizer", "denoiser", "scheduler")
    model = BaseModel(
        family="sd15",
        layout="diffusers",
        files=spec["files"],
        alignment=16,
        latent_channels=4,
        vae_factor=8,
        components=dict.fromkeys(names, part),
    )
    return {"base_model": save_base_model(request.blobs, model)}


def _snapshot(request: FinaliseRequest) -> Json:
    files = sorted(_files(request))
    parts: Json = [{"num_rows": len(files), "states": {"kept": len(files)}}]
    tables: Json = {"samples": {"parts": parts}, "captions": {"parts": []}}
    spec: Any = request.spec
    assert spec["alignment"] == 16
    return _manifest(request, {"tables": tables, "files": [list(file) for file in files]}, kept=len(files))


def _captions(request: FinaliseRequest) -> Json:
    spec: Any = request.spec
    files = _read(request, "snapshot")["files"]
    texts = {name: f"{spec['default'].get('trigger_word', '')} {digest[:8]}" for name, digest in files}
    return _manifest(request, {"texts": texts}, kept=len(texts))


def _texts(request: FinaliseRequest) -> Json:
    empty = {"key": "0" * 64, "shard": "0" * 64, "row": 0, "crc32c": 0}
    table: Any = _table(request, name="texts")
    return {**table, "empty": empty}


def _table(request: FinaliseRequest, *, name: str) -> Json:
    spec: Any = request.spec
    load_base_model(request.blobs, Digest(spec["base_model"]))
    items: Json = list(_items(request))
    return _manifest(request, {name: items}, kept=len(_items(request)))


def _manifest(request: FinaliseRequest, content: Mapping[str, Json], *, kept: int) -> Json:
    data = canonical_bytes(dict(content))
    blobs: Blobs = request.blobs
    return {"manifest": {"blob": blobs.put(data), "content": digest_bytes(data)}, "counts": {"kept": kept}}
