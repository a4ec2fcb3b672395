"""Cached tensors as torch tensors, out of shards in the store; those read last stay in memory."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import IndexEntry, ShardReader
from bakehouse.cache.shards import Tensor as Stored
from bakehouse.errors import InvalidInputError

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_KEPT_BYTES = 2 << 30


class ShardTensors:
    """Reads by place. It keeps at most `kept_bytes` of what it read. Not for many threads."""

    def __init__(self, blobs: Blobs, *, kept_bytes: int = _KEPT_BYTES) -> None:
        self._reader = ShardReader(blobs)
        self._kept: OrderedDict[tuple[str, int], Tensor] = OrderedDict()
        self._room = kept_bytes

    def read(self, places: Sequence[IndexEntry]) -> list[Tensor]:
        """The tensors, in the order asked for. They are shared: who changes one copies it."""
        missing = {
            (place.shard, place.row): place for place in places if (place.shard, place.row) not in self._kept
        }
        read = self._reader.read_many(missing.values())
        found = {place: torch_tensor(stored) for place, stored in zip(missing, read, strict=True)}
        tensors = [
            found[at] if (at := (place.shard, place.row)) in found else self._kept[at] for place in places
        ]
        for place in places:
            if (at := (place.shard, place.row)) in self._kept:
                self._kept.move_to_end(at)
        for at, tensor in found.items():
            self._keep(at, tensor)
        return tensors

    def _keep(self, at: tuple[str, int], tensor: Tensor) -> None:
        self._kept[at] = tensor
        self._room -= tensor.nbytes
        while self._room < 0:
            _, oldest = self._kept.popitem(last=False)
            self._room += oldest.nbytes


def torch_tensor(stored: Stored) -> Tensor:
    """A stored tensor as torch has it.

    Raises:
        InvalidInputError: it is not of floating point.
    """
    if stored.dtype not in _DTYPES:
        raise InvalidInputError(f"a cached tensor is {stored.dtype}; training takes {', '.join(_DTYPES)}")
    # A bytearray, because torch warns of memory that it must not write to.
    return torch.frombuffer(bytearray(stored.data), dtype=_DTYPES[stored.dtype]).reshape(stored.shape)
