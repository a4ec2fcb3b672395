"""Checkpoints of a run in the store: `<project>/checkpoints/<plan>/step-NNNNNNNN-<sha256>`, each one object.

An object is written whole or not at all and never again with other bytes, and its name says what they are: a
checkpoint is whole if it has its digest. Two launchers of one run write the same ones.
"""

import re
import time
from collections.abc import Callable, Iterator

import safetensors.torch
import torch

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import CHUNK_BYTES
from bakehouse.digest import digest_bytes
from bakehouse.errors import NotFoundError
from bakehouse.logs import get_logger
from services.trainer.progress import Checkpoint, decode_progress, encode_progress

_NAME = re.compile(r".*/step-(\d{8})-([0-9a-f]{64})")
_PROGRESS = "progress"
_KEPT = 2
_ASK_EVERY_S = 1.0

log = get_logger()


class StoredCheckpoints:
    """The checkpoints below one plan, and the wish that `job` stop. `clock` gives monotonic seconds."""

    def __init__(
        self, blobs: Blobs, plan: str, job: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = blobs.store
        self._job = job.encode()
        self._prefix = f"{blobs.project}/checkpoints/{plan}/"
        self._clock = clock
        self._asked_at = -_ASK_EVERY_S
        self._is_asked = False

    def newest(self) -> Checkpoint | None:
        """The newest whole checkpoint. A damaged one is passed over, and the log says so."""
        for key in self._keys():
            found = _NAME.fullmatch(key)
            try:
                data = b"".join(self._store.read(key))
            except NotFoundError:  # another launcher has newer ones
                continue
            if found and digest_bytes(data) == found[2]:
                return decode_checkpoint(data)
            log.error("checkpoint_damaged", key=key)
        return None

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, then remove all but the newest two."""
        data = encode_checkpoint(checkpoint)
        key = f"{self._prefix}step-{checkpoint.progress.step:08d}-{digest_bytes(data)}"
        self._store.put(key, _chunks(data), size_bytes=len(data))
        self._store.delete([old for old in self._keys()[_KEPT:] if old < key])

    def stop_is_asked(self) -> bool:
        """Whether the object `stop` names our job; it is looked for at most once a second.

        One that an earlier job of the same plan was asked by, and did not see, stops nobody.
        """
        if not self._is_asked and self._clock() - self._asked_at >= _ASK_EVERY_S:
            self._is_asked = self._stop() == self._job
            self._asked_at = self._clock()
        return self._is_asked

    def forget_stop(self) -> None:
        """Remove the object `stop`."""
        self._store.delete([f"{self._prefix}stop"])

    def _stop(self) -> bytes | None:
        try:
            return b"".join(self._store.read(f"{self._prefix}stop"))
        except NotFoundError:
            return None

    def _keys(self) -> list[str]:
        """Newest first."""
        infos = self._store.list(self._prefix)
        keys = [info if isinstance(info, str) else info.key for info in infos]
        return sorted((key for key in keys if _NAME.fullmatch(key)), reverse=True)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """A safetensors file: the tensors, and the diary as one of bytes."""
    diary = torch.frombuffer(bytearray(encode_progress(checkpoint.progress)), dtype=torch.uint8)
    return safetensors.torch.save({**checkpoint.tensors, _PROGRESS: diary})


def decode_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint that `encode_checkpoint` was given."""
    tensors = safetensors.torch.load(data)
    progress = decode_progress(tensors.pop(_PROGRESS).numpy().tobytes())
    return Checkpoint(progress=progress, tensors=tensors)


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]
