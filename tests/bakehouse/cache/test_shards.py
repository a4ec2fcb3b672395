import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import deserialize

from bakehouse.blobs.blobs import Blobs, blob_key
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.shards import (
    DTYPE_BYTES,
    IndexEntry,
    ShardReader,
    Tensor,
    encode_shard,
    entries_of,
    write_shard,
)
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError


def tensor(number: int, *, size: int = 3) -> Tensor:
    return Tensor(dtype="U8", shape=(size,), data=bytes([number % 256]) * size)


def _opened(data: bytes) -> Any:
    return deserialize(data)  # type: ignore[no-untyped-call]


def key(number: int) -> Digest:
    return digest_bytes(str(number).encode())


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


tensors = st.builds(
    lambda dtype, shape: Tensor(
        dtype=dtype, shape=tuple(shape), data=b"\x01" * (DTYPE_BYTES[dtype] * _product(shape))
    ),
    st.sampled_from(sorted(DTYPE_BYTES)),
    st.lists(st.integers(0, 5), max_size=4),
)


def _product(shape: list[int]) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


@given(st.lists(tensors, min_size=1, max_size=8))
def test_any_safetensors_reader_opens_a_shard(rows: list[Tensor]) -> None:
    data = encode_shard(rows)
    found = {name: info for name, info in _opened(data) if not name.startswith("pad.")}
    assert [tuple(found[f"{n:05d}"]["shape"]) for n in range(len(rows))] == [row.shape for row in rows]
    assert [bytes(found[f"{n:05d}"]["data"]) for n in range(len(rows))] == [row.data for row in rows]


@given(st.lists(tensors, min_size=1, max_size=8))
def test_tensors_begin_at_64_bytes(rows: list[Tensor]) -> None:
    data = encode_shard(rows)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    starts = [header[f"{n:05d}"]["data_offsets"][0] for n in range(len(rows))]
    assert [(8 + length + start) % 64 for start in starts] == [0] * len(rows)


def test_rows_are_read_as_they_were_written(blobs: Blobs) -> None:
    rows = [(key(n), tensor(n, size=n + 1)) for n in range(300)]
    shard = write_shard(blobs, rows)
    reader = ShardReader(blobs)
    assert [reader.read(entry) for entry in shard.entries] == [found for _, found in rows]
    wanted = [shard.entries[n] for n in (7, 3, 299, 4)]
    assert reader.read_many(wanted) == [rows[n][1] for n in (7, 3, 299, 4)]
    assert reader.read_many(shard.entries) == [found for _, found in rows]


def test_a_unit_tells_its_finaliser_where_they_are(blobs: Blobs) -> None:
    shard = write_shard(blobs, [(key(1), tensor(1)), (key(2), tensor(2))])
    assert entries_of(json.loads(json.dumps(shard.outputs()))) == list(shard.entries)
    with pytest.raises(CorruptionError):
        entries_of({"shard": "x"})


def test_a_flipped_byte_is_found_and_the_shard_is_named(blobs: Blobs, tmp_path: Path) -> None:
    shard = write_shard(blobs, [(key(1), tensor(1)), (key(2), tensor(2))])
    path = tmp_path / "store" / blob_key("p", shard.digest)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    reader = ShardReader(blobs)
    assert reader.read(shard.entries[0]) == tensor(1)
    with pytest.raises(CorruptionError, match=shard.digest):
        reader.read(shard.entries[1])


def test_what_is_no_shard_is_said(blobs: Blobs) -> None:
    entry = IndexEntry(key=key(1), shard=blobs.put(b"no shard at all"), row=0, crc32c=0)
    with pytest.raises(CorruptionError, match="no shard"):
        ShardReader(blobs).read(entry)
    missing = IndexEntry(key=key(1), shard=key(9), row=0, crc32c=0)
    with pytest.raises(NotFoundError):
        ShardReader(blobs).read(missing)
    shard = write_shard(blobs, [(key(1), tensor(1))])
    beyond = IndexEntry(key=key(1), shard=shard.digest, row=1, crc32c=0)
    with pytest.raises(CorruptionError, match="row 1"):
        ShardReader(blobs).read(beyond)


def test_a_tensor_has_the_bytes_of_its_shape() -> None:
    with pytest.raises(InvalidInputError, match="8 bytes"):
        Tensor(dtype="F32", shape=(2,), data=b"123")
    with pytest.raises(InvalidInputError, match="F128"):
        Tensor(dtype="F128", shape=(), data=b"")


def test_an_empty_shard_is_refused(blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError):
        write_shard(blobs, [])
