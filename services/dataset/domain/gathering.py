"""Collects of the pictures that would be kept what duplicates are found by: some 150 bytes each. Pure."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bakehouse.digest import Digest
from bakehouse.manifest.columns import Array, call, fixed_bytes
from bakehouse.manifest.identity import SAMPLE_ID_BYTES
from bakehouse.manifest.pictures import PICTURE_COLUMNS, picture_digest
from bakehouse.manifest.schema import KEPT
from services.dataset.domain.duplicates import FORMATS_BEST_FIRST, DuplicateRules, Gathered
from services.dataset.domain.hash_search import Hashes, WordArray
from services.dataset.domain.sizes import BoolArray, FloatArray, IntArray

_NO_HASH = "0" * 16
_FORMATS = pa.array(FORMATS_BEST_FIRST)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    entry: IntArray
    realm: IntArray
    content: NDArray[np.bytes_]
    said: IntArray
    ids: NDArray[np.bytes_]
    width: IntArray
    height: IntArray
    size_bytes: IntArray
    format_rank: IntArray
    sharpness: FloatArray
    phash: WordArray
    dhash: WordArray
    is_hashed: BoolArray


class Gathering:
    """Takes samples entry by entry, in pieces."""

    def __init__(self) -> None:
        self._rules: list[DuplicateRules] = []
        self._realms: dict[Hashable, int] = {}
        self._realm = 0
        self._pieces: list[_Piece] = []

    def begin(self, rules: DuplicateRules, realm: Hashable) -> None:
        """The samples from now on are those of another entry. Only samples of one realm are compared."""
        self._rules.append(rules)
        self._realm = self._realms.setdefault(realm, len(self._realms))

    def add(self, samples: pa.RecordBatch, said: IntArray) -> None:
        """Rows of the table `samples`, and for those that are kept, a number for what is said of each."""
        kept = samples.filter(call("equal", samples["state"], pa.scalar(KEPT)))
        is_hashed = kept["phash"].is_valid()
        self._pieces.append(
            _Piece(
                entry=np.full(len(said), len(self._rules) - 1, dtype=np.int64),
                realm=np.full(len(said), self._realm, dtype=np.int64),
                content=_contents(kept),
                said=said,
                ids=np.frombuffer(fixed_bytes(kept["sample_id"]), dtype=f"S{SAMPLE_ID_BYTES}"),
                width=_numbers(kept["width"]),
                height=_numbers(kept["height"]),
                size_bytes=_numbers(kept["size_bytes"]),
                format_rank=_numbers(pc.index_in(kept["format"], _FORMATS).fill_null(len(_FORMATS))),
                sharpness=np.asarray(kept["sharpness"].fill_null(0.0), dtype=np.float64),
                phash=_words(kept["phash"]),
                dhash=_words(kept["dhash"]),
                is_hashed=np.asarray(is_hashed, dtype=np.bool_),
            )
        )

    def all(self) -> Gathered:
        """Everything that was added."""

        def joined(name: str) -> NDArray[np.generic]:
            arrays: list[NDArray[np.generic]] = [getattr(piece, name) for piece in self._pieces]
            return np.concatenate(arrays)

        numbers = ("entry", "realm", "said", "ids", "width", "height", "size_bytes", "format_rank")
        columns = {name: joined(name) for name in (*numbers, "sharpness", "is_hashed")}
        return Gathered(
            rules=tuple(self._rules),
            content=np.unique(joined("content"), return_inverse=True)[1].astype(np.int64),
            hashes=Hashes(phash=joined("phash"), dhash=joined("dhash")),  # type: ignore[arg-type]  # as added
            **columns,  # type: ignore[arg-type]  # as added
        )


def picture_digests(samples: Iterable[pa.RecordBatch], places: IntArray) -> Mapping[int, Digest]:
    """The pictures of some kept samples, by their place among those."""
    wanted = set(places.tolist())
    found: dict[int, Digest] = {}
    start = 0
    for batch in samples:
        kept = [row for row, state in enumerate(batch["state"].to_pylist()) if state == KEPT]
        own = [(place, row) for place, row in enumerate(kept, start) if place in wanted]
        rows = (
            batch.select([*PICTURE_COLUMNS]).take(pa.array([row for _, row in own], pa.int64())).to_pylist()
        )
        found |= {place: picture_digest(row) for (place, _), row in zip(own, rows, strict=True)}
        start += len(kept)
    return found


def _contents(samples: pa.RecordBatch) -> NDArray[np.bytes_]:
    """What is in each: the file's bytes, and which of its pictures it is."""
    digests, parts = samples["digest"].to_pylist(), np.asarray(samples["part"]).tolist()
    # Of a digest the first half will do, as it does for sample ids.
    halves = [bytes.fromhex(str(digest)[:32]) for digest in digests]
    texts = [half + part.to_bytes(4, "big") for half, part in zip(halves, parts, strict=True)]
    return np.array(texts, dtype="S20")


def _numbers(values: Array) -> IntArray:
    return np.asarray(values).astype(np.int64)


def _words(hexed: Array) -> WordArray:
    texts = [text or _NO_HASH for text in hexed.to_pylist()]
    return np.frombuffer(bytes.fromhex("".join(texts)), dtype=">u8").astype(np.uint64)
