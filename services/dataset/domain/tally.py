"""Counts a snapshot's rows on their way into their tables."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from bakehouse.manifest.schema import FAILED, KEPT
from services.dataset.domain.cuts import CropBy


class Tally:
    """What the result of a snapshot says in numbers; `buckets` by size, `kept` by entry.

    Tables go by in the order `samples`, `buckets`, `captions`.
    """

    def __init__(self) -> None:
        self.buckets = Counter[str]()
        self.kept = Counter[str]()
        self._counts = Counter[str]()

    @property
    def counts(self) -> dict[str, int]:
        """Kept ones and others by reason, captions, those who have none; only what there is any of."""
        return {name: number for name, number in sorted(self._counts.items()) if number}

    def add(self, counts: Counter[str]) -> None:
        """Count something more."""
        self._counts.update(counts)

    def samples(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same rows of `samples`, counted."""
        for batch in batches:
            rows = zip(*(batch[name].to_pylist() for name in ("entry", "state", "reason")), strict=True)
            for (entry, state, reason), number in Counter(rows).items():
                if state == KEPT:
                    self.kept[entry] += number
                self._counts[KEPT if state == KEPT else f"{state}.{reason}"] += number
            yield batch

    def buckets_of(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same rows of `buckets`, counted."""
        for batch in batches:
            sizes = zip(batch["bucket_width"].to_pylist(), batch["bucket_height"].to_pylist(), strict=True)
            for (width, height), number in Counter(sizes).items():
                self.buckets[f"{width}x{height}"] += number
            self._counts["no_face"] += batch["crop_by"].to_pylist().count(CropBy.RANDOM_NO_FACE)
            yield batch

    def captions(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same rows of `captions`, counted, without the column `at`: the place of each one's sample."""
        captioned: set[int] = set()
        for batch in batches:
            states = batch["state"].to_pylist()
            num_failed = states.count(FAILED)
            self._counts["captions.failed"] += num_failed
            self._counts["captions"] += batch.num_rows - num_failed
            is_said = np.array([state == KEPT for state in states], dtype=np.bool_)
            captioned.update(np.asarray(batch["at"])[is_said].tolist())
            yield batch.select([name for name in batch.schema.names if name != "at"])
        self._counts["uncaptioned"] = self._counts[KEPT] - len(captioned)
