"""Pictures among which duplicates are looked for, for tests."""

from dataclasses import dataclass

import numpy as np

from services.dataset.domain.duplicates import FORMATS_BEST_FIRST, DuplicateRules, Gathered
from services.dataset.domain.hash_search import Hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """A picture. Letters stand for what it has in common with others; its hashes are `look` each, if any."""

    bytes: str
    said: str = ""
    look: int | None = None
    entry: int = 0
    realm: int = 0
    edge: int = 100
    sharpness: float = 0.0
    size_bytes: int = 9
    format: str = "PNG"


def gathered(*pictures: One, rules: tuple[DuplicateRules, ...] = (DuplicateRules(),)) -> Gathered:
    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([getattr(one, name) for one in pictures], dtype=np.int64)

    look = np.array([one.look or 0 for one in pictures], dtype=np.uint64)
    return Gathered(
        rules=rules,
        entry=column("entry"),
        realm=column("realm"),
        content=_numbers([one.bytes for one in pictures]),
        said=_numbers([one.said for one in pictures]),
        ids=np.array([b"%03d" % number for number in range(len(pictures))], dtype="S16"),
        width=column("edge"),
        height=column("edge"),
        size_bytes=column("size_bytes"),
        format_rank=np.array([FORMATS_BEST_FIRST.index(one.format) for one in pictures], dtype=np.int64),
        sharpness=np.array([one.sharpness for one in pictures], dtype=np.float64),
        hashes=Hashes(phash=look, dhash=look.copy()),
        is_hashed=np.array([one.look is not None for one in pictures], dtype=np.bool_),
    )


def _numbers(words: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    known = sorted(set(words))
    return np.array([known.index(word) for word in words], dtype=np.int64)
