"""Cache keys computed, and a million of them looked up in an index of a million; each in a fresh process."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.index import KeyIndex
from bakehouse.cache.index_part import KEY_BYTES, SCHEMA
from bakehouse.cache.keys import KeyFormat, compute_key
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.manifest.columns import Array
from bench.fresh_process import Measured, measure

KEYS = 1_000_000
_FEW = 10
_VAE = digest_bytes(b"vae")
_LATENT: dict[str, Json] = {"vae": _VAE, "dtype": "float16", "filter": "lanczos", "decode": "srgb"}
_TEXT: dict[str, Json] = {"encoder": _VAE, "tokenizer": _VAE, "length": 77}


def main() -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        DirectoryStore(root / "store").create()
        print("| step | keys | seconds | keys/s | peak RSS, MiB |")
        print("|---|---|---|---|---|")
        _row("latent keys, one by one", KEYS // 10, measure(latent_keys_one_by_one, KEYS // 10))
        _row("latent keys, in bulk", KEYS, measure(latent_keys, KEYS))
        _row("text keys, in bulk", KEYS, measure(text_keys, KEYS))
        for parts in (1, 100):
            kind = f"of-{parts}"
            _row(f"add to the index, in {parts}", KEYS, measure(add, root, kind, parts))
            _row(f"match, all in {parts}", KEYS, measure(match, root, kind, 0))
            _row(f"match, none in {parts}", KEYS, measure(match, root, kind, KEYS))
            _row(f"find {_FEW} in {parts}", _FEW, measure(find, root, kind))


def latent_keys(count: int) -> None:
    names = ["source", "crop_x", "crop_y", "width", "height", "flip"]
    keys = KeyFormat("latent", 1, constants=_LATENT, columns=names)
    sources = (f"{number:064x}" for number in range(count))
    columns = [range(count), range(count), range(count), range(count), (False for _ in range(count))]
    for _ in keys.keys(dict(zip(names, [sources, *columns], strict=True))):
        pass


def latent_keys_one_by_one(count: int) -> None:
    for n in range(count):
        crop = {"crop_x": n, "crop_y": n, "width": n, "height": n, "flip": False}
        compute_key("latent", 1, {**_LATENT, "source": f"{n:064x}", **crop})


def text_keys(count: int) -> None:
    keys = KeyFormat("text", 1, constants=_TEXT, columns=["text"])
    captions = (f"a photo of a thing seen from the side, number {number}" for number in range(count))
    for _ in keys.keys({"text": captions}):
        pass


def add(root: Path, kind: str, parts: int) -> None:
    size = KEYS // parts
    for first in range(0, KEYS, size):
        _index(root, kind).add([_entries(first, size)], scratch=root)


def match(root: Path, kind: str, first: int) -> None:
    missed = _index(root, kind).match(_keys(first, KEYS))["row"].null_count
    if missed != (KEYS if first else 0):
        raise RuntimeError(f"{missed} of {KEYS} keys missed")


def find(root: Path, kind: str) -> None:
    keys = [Digest(bytes(key or b"").hex()) for key in _keys(0, _FEW).to_pylist()]
    if len(_index(root, kind).find(keys)) != _FEW:
        raise RuntimeError("keys missed")


def _entries(first: int, count: int) -> pa.RecordBatch:
    rows = pa.array(range(count), pa.int32())
    shards = pa.array([bytes(32)] * count, pa.binary(32))
    return pa.RecordBatch.from_arrays(
        [_keys(first, count), shards, rows, rows.cast(pa.uint32())], schema=SCHEMA
    )


def _keys(first: int, count: int) -> Array:
    data = hashlib.shake_128(b"keys").digest((first + count) * KEY_BYTES)
    keys = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(KEY_BYTES), first + count, [None, pa.py_buffer(data)]
    )
    return keys[first:]


def _index(root: Path, kind: str) -> KeyIndex:
    return KeyIndex(Blobs(DirectoryStore(root / "store"), "bench"), kind=kind, encoder=_VAE)


def _row(step: str, count: int, measured: Measured[None]) -> None:
    rate = count / measured.seconds
    print(f"| {step} | {count:,} | {measured.seconds:.2f} | {rate:,.0f} | {measured.peak_mib:.0f} |")


if __name__ == "__main__":
    main()
