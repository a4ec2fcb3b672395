"""What duplicates change in a snapshot's rows: some are set aside, and the best gets their captions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bakehouse.canonical_json import Json
from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId
from bakehouse.manifest.schema import EXCLUDED, KEPT
from services.dataset.domain.duplicates import KINDS, Gathered, Kind, Verdict
from services.dataset.domain.sample_columns import CaptionRow, caption_columns
from services.dataset.domain.sizes import IntArray

Names = dict[int, str]

_AT = "at"
_REPORTED = 10  # in a result; the table has all of them
_MAX_NAME = 200
_DETAILS = {
    Kind.EXACT: "it is {of} once more, with the same captions; duplicates: exact: keep_all keeps both",
    Kind.NEAR: "it looks like {of}, which is better; duplicates: near: report keeps both",
}


class Settling:
    """Applies a verdict to the rows of a snapshot, table by table, in the order of gathering."""

    def __init__(self, pictures: Gathered, verdict: Verdict) -> None:
        self._ids = pictures.ids
        self._verdict = verdict
        self._is_stay = ~verdict.is_out

    def samples(self, batches: Iterable[pa.RecordBatch], names: Names) -> Iterator[pa.RecordBatch]:
        """Rows of `samples`, with the reason where one is set aside, and with `duplicate_of`."""
        start = 0
        for batch in batches:
            states = batch["state"].to_pylist()
            kept = [row for row, state in enumerate(states) if state == KEPT]
            yield self._settled(batch, kept, start, names)
            start += len(kept)

    def buckets(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Rows of `buckets` of those that stay."""
        start = 0
        for batch in batches:
            yield batch.filter(pa.array(self._is_stay[start : start + batch.num_rows]))
            start += batch.num_rows

    def captions(
        self, first: Iterable[pa.RecordBatch], again: Iterable[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `captions` of those that stay, the best with those of the others. The same rows twice."""
        gone = np.flatnonzero(self._verdict.is_out & (self._verdict.kind == KINDS.index(Kind.NEAR)))
        is_passed_on = ~self._is_stay
        if len(gone):
            merged = self._merged(first, gone)
            yield merged
            is_passed_on[np.asarray(merged[_AT])] = True  # of who has none at all, why that is stays
        for batch in again:
            places = np.asarray(batch[_AT])
            yield batch.filter(pa.array(~is_passed_on[places]))

    def _settled(
        self, batch: pa.RecordBatch, kept: Sequence[int], start: int, names: Names
    ) -> pa.RecordBatch:
        verdict = self._verdict
        if not verdict.kind[start : start + len(kept)].any():
            return batch.append_column("duplicate_of", pa.nulls(batch.num_rows, pa.string()))
        fates: dict[str, list[Any]] = {
            name: batch[name].to_pylist() for name in ("state", "reason", "detail")
        }
        of: list[str | None] = [None] * batch.num_rows
        for place in (start + np.flatnonzero(verdict.kind[start : start + len(kept)])).tolist():
            row, better = kept[place - start], int(verdict.of[place])
            of[row] = _bytes(self._ids, better).hex()
            if verdict.is_out[place]:
                kind = KINDS[verdict.kind[place]]
                fates["state"][row], fates["reason"][row] = EXCLUDED, str(kind)
                fates["detail"][row] = _DETAILS[kind].format(of=names[better])
        columns = {name: batch[name] for name in batch.schema.names}
        columns |= {name: pa.array(values, pa.string()) for name, values in fates.items()}
        return pa.RecordBatch.from_pydict({**columns, "duplicate_of": pa.array(of, pa.string())})

    def _merged(self, batches: Iterable[pa.RecordBatch], gone: IntArray) -> pa.RecordBatch:
        """The captions of the best, their own first, then those of who went, by their ids."""
        members: dict[int, list[int]] = {int(best): [] for best in self._verdict.of[gone]}
        for place in gone[np.argsort(self._ids[gone])].tolist():
            members[int(self._verdict.of[place])].append(place)
        said = _said(batches, {*members, *gone.tolist()})
        rows = [
            CaptionRow(at=number, variant=variant, text=text, source=source)
            for number, (best, others) in enumerate(members.items())
            for variant, (text, source) in enumerate(_distinct(said, [best, *others]))
        ]
        ids = [_bytes(self._ids, best) for best in members]
        merged = dict(caption_columns(ids, rows))
        places = (
            np.array([*members], dtype=np.int64)[[row.at for row in rows]] if rows else np.zeros(0, np.int64)
        )
        return pa.RecordBatch.from_pydict({**merged, _AT: pa.array(places, pa.int64())})


def reported(verdict: Verdict, names: Names) -> list[Json]:
    """The first pictures that are there twice and stay, as the job's result has them."""
    return [
        {
            "kind": str(KINDS[verdict.kind[place]]),
            "picture": names[place][:_MAX_NAME],
            "of": names[int(verdict.of[place])][:_MAX_NAME],
        }
        for place in _reported_places(verdict).tolist()
    ]


def names_of(batches: Iterable[pa.RecordBatch], verdict: Verdict) -> Names:
    """What the pictures are called that are told of or that others are set aside for, by place."""
    wanted = np.zeros(len(verdict.of), dtype=np.bool_)
    wanted[verdict.of[verdict.is_out]] = True
    told = _reported_places(verdict)
    wanted[told] = wanted[verdict.of[told]] = True
    found: Names = {}
    start = 0
    for batch in batches:
        kept = [row for row, state in enumerate(batch["state"].to_pylist()) if state == KEPT]
        for place in (start + np.flatnonzero(wanted[start : start + len(kept)])).tolist():
            row = kept[place - start]
            found[place] = f"{batch['name'][row].as_py()} of dataset {batch['entry'][row].as_py()}"
        start += len(kept)
    return found


def _reported_places(verdict: Verdict) -> IntArray:
    return np.flatnonzero((verdict.kind > 0) & ~verdict.is_out)[:_REPORTED]


def _said(batches: Iterable[pa.RecordBatch], places: set[int]) -> dict[int, list[tuple[str, str]]]:
    """The captions of some samples and where they are from, in their order."""
    said: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    wanted = np.array(sorted(places), dtype=np.int64)
    for batch in batches:
        rows = np.flatnonzero(np.isin(np.asarray(batch[_AT]), wanted))
        for row in batch.take(pa.array(rows, pa.int64())).to_pylist():
            if row["text"] is not None:
                said[row[_AT]].append((row["text"], row["source"]))
    return said


def _distinct(said: dict[int, list[tuple[str, str]]], places: Sequence[int]) -> Iterator[tuple[str, str]]:
    seen = set()
    for place in places:
        for text, source in said.get(place, ()):
            if text not in seen:
                seen.add(text)
                yield text, source


def _bytes(ids: NDArray[np.bytes_], place: int) -> SampleId:
    return SampleId(
        bytes(ids[place]).ljust(SAMPLE_ID_BYTES, b"\0")
    )  # NumPy takes zeros at the end for padding
