from pathlib import Path

import pytest
import torch

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.shards import Tensor
from bakehouse.errors import CorruptionError, InvalidInputError
from services.trainer.adapters.shard_tensors import ShardTensors, torch_tensor
from tests.services.trainer.bakery import put_tensors


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path)
    store.create()
    return Blobs(store, "p")


def test_tensors_come_in_the_order_asked_for(blobs: Blobs) -> None:
    places = put_tensors(blobs, "latent", [torch.full((2, 3), float(number)) for number in range(4)])
    source = ShardTensors(blobs)
    for order in ([2, 0], [0, 2, 2, 3]):
        found = source.read([places[number] for number in order])
        assert [float(tensor[0, 0]) for tensor in found] == order


def test_what_was_read_is_kept_as_long_as_there_is_room(blobs: Blobs) -> None:
    places = put_tensors(blobs, "latent", [torch.full((4,), float(number)) for number in range(3)])
    source = ShardTensors(blobs, kept_bytes=32)
    first, second, _ = (source.read([place])[0] for place in places)
    assert source.read([places[1]])[0] is second
    assert source.read([places[0]])[0] is not first


def test_a_damaged_shard_is_named(blobs: Blobs, tmp_path: Path) -> None:
    (place,) = put_tensors(blobs, "latent", [torch.ones(64)])
    path = tmp_path / "p" / "blobs" / "sha256" / place.shard[:2] / place.shard
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(CorruptionError, match=place.shard):
        ShardTensors(blobs).read([place])


def test_half_precision_stays_as_it_is() -> None:
    stored = Tensor(dtype="BF16", shape=(2,), data=b"\x80\x3f\x00\x40")
    assert torch.equal(torch_tensor(stored), torch.tensor([1.0, 2.0], dtype=torch.bfloat16))


def test_integers_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="U8; training takes F32"):
        torch_tensor(Tensor(dtype="U8", shape=(1,), data=b"x"))
