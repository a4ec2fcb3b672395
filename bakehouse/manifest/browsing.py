"""The samples of a snapshot with their crops and captions, one after the other: those that a filter passes.

Held are the parts of the tables that the place read lies in, whatever the length of the snapshot.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import Array, call
from bakehouse.manifest.cut import EVERY_ID, Span, span_between
from bakehouse.manifest.filters import Term
from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId
from bakehouse.manifest.parts import rows_of
from bakehouse.manifest.reading import TableReader, stretches
from bakehouse.manifest.schema import KEPT, SAMPLE_ID, STATE, TABLES
from bakehouse.manifest.table import TableRef

Row = Mapping[str, Any]

_CHUNK_ROWS = 1024  # as Python values: a part of them is a hundred megabytes
_ID_DIGITS = 2 * SAMPLE_ID_BYTES
_COMPARISONS = {"=": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater"}
_COMPARISONS |= {">=": "greater_equal"}
_TABLES = ("samples", "buckets", "captions")
# The fields that are no columns of `samples`: their table, and what of it is looked at.
_TABLE_OF = {"bucket": "buckets", "caption": "captions", "captions": "captions"}
_OF_TABLE = {"buckets": ("bucket_width", "bucket_height"), "captions": ("text", STATE)}
_NO_ROWS: list[Row] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRows:
    """The rows of one sample."""

    sample: Row
    crops: Sequence[Row]
    captions: Sequence[Row]

    @property
    def sample_id(self) -> SampleId:
        """Whose they are."""
        return SampleId(self.sample[SAMPLE_ID])


class SampleBrowser:
    """Reads forward. Not for many threads."""

    def __init__(self, blobs: Blobs, tables: Mapping[str, TableRef]) -> None:
        """`tables`: `samples`, and `buckets` and `captions` where there are any."""
        self._blobs = blobs
        self._tables = tables
        self._refs = [tables[name] for name in _TABLES if name in tables]
        self._narrowed: dict[tuple[str, ...], TableReader] = {}
        self._readers = {name: TableReader(blobs, tables[name]) for name in _TABLES if name in tables}

    def read(self, terms: Sequence[Term] = (), *, after: SampleId | None = None) -> Iterator[SampleRows]:
        """The samples that all of `terms` let pass, in the order of their ids, from behind `after` on.

        Raises:
            InvalidInputError: a term names no column, or compares what can't be compared.
            NotFoundError, CorruptionError: a part is not there, or damaged.
        """
        _check(terms, self._readers["samples"].columns)
        wanted = _span(terms, after)
        for stretch in stretches(self._refs):
            low, high = max(stretch.low, wanted.low), min(stretch.high, wanted.high)
            if low < high:
                yield from self._stretch(stretch, Span(low=low, high=high), terms)

    def find(self, ids: Sequence[SampleId]) -> dict[SampleId, SampleRows]:
        """Those of these samples that there are.

        Raises:
            NotFoundError, CorruptionError: a part is not there, or damaged.
        """
        found: dict[SampleId, SampleRows] = {}
        waiting = sorted(set(ids), reverse=True)
        for stretch in stretches(self._refs):
            own: list[SampleId] = []
            while waiting and int.from_bytes(waiting[-1], "big") < stretch.high:
                own.append(waiting.pop())
            if own:
                wanted = span_between(own[0], own[-1])
                samples = rows_of(self._readers["samples"].rows_at(stretch), wanted)
                samples = samples.filter(
                    pc.is_in(samples[SAMPLE_ID], pa.array(own, pa.binary(SAMPLE_ID_BYTES)))
                )
                crops, captions = (self._rows(name, stretch, wanted) for name in ("buckets", "captions"))
                if samples.num_rows:
                    found |= {rows.sample_id: rows for rows in _joined(samples, crops, captions)}
        return found

    def _stretch(self, stretch: Span, wanted: Span, terms: Sequence[Term]) -> Iterator[SampleRows]:
        passing = None
        if filters := [term for term in terms if not _is_span(term)]:
            passing = self._passing(stretch, wanted, filters)
            if not len(passing):
                return
        samples = rows_of(self._readers["samples"].rows_at(stretch), wanted)
        if passing is not None:
            samples = samples.filter(pc.is_in(samples[SAMPLE_ID], passing))
        crops, captions = (self._rows(name, stretch, wanted) for name in ("buckets", "captions"))
        for start in range(0, samples.num_rows, _CHUNK_ROWS):
            chunk = samples.slice(start, _CHUNK_ROWS)
            yield from _joined(chunk, crops, captions)

    def _passing(self, stretch: Span, wanted: Span, terms: Sequence[Term]) -> Array:
        """The ids that pass, of which no more is read than the terms ask for."""
        left = self._narrow("samples", stretch, wanted, _columns_of(terms, "samples"))
        for term in terms:
            if not left.num_rows:
                break
            other = _TABLE_OF.get(term.column)
            rows = left if other is None else self._narrow(other, stretch, wanted, _OF_TABLE[other])
            left = left.filter(_passes(term, left, rows))
        return left[SAMPLE_ID]

    def _narrow(self, name: str, stretch: Span, wanted: Span, columns: Sequence[str]) -> pa.RecordBatch:
        """Some columns of a table, where it is there."""
        if name not in self._readers:
            return self._rows(name, stretch, wanted)
        if (name, *columns) not in self._narrowed:
            self._narrowed[name, *columns] = TableReader(self._blobs, self._tables[name], columns=columns)
        return rows_of(self._narrowed[name, *columns].rows_at(stretch), wanted)

    def _rows(self, name: str, stretch: Span, wanted: Span) -> pa.RecordBatch:
        reader = self._readers.get(name)
        if reader is None:
            return pa.RecordBatch.from_pylist([], schema=pa.schema(TABLES[name].columns.items()))
        return rows_of(reader.rows_at(stretch), wanted)


def _joined(samples: pa.RecordBatch, crops: pa.RecordBatch, captions: pa.RecordBatch) -> Iterator[SampleRows]:
    ids = samples[SAMPLE_ID]
    span = span_between(SampleId(ids[0].as_py()), SampleId(ids[-1].as_py()))
    by_id = [_by_id(rows_of(rows, span), ids) for rows in (crops, captions)]
    for row in samples.to_pylist():
        own = row[SAMPLE_ID]
        yield SampleRows(sample=row, crops=by_id[0].get(own, _NO_ROWS), captions=by_id[1].get(own, _NO_ROWS))


def _by_id(rows: pa.RecordBatch, ids: Array) -> dict[bytes, list[Row]]:
    found: dict[bytes, list[Row]] = defaultdict(list)
    for row in rows.filter(pc.is_in(rows[SAMPLE_ID], ids)).to_pylist():
        found[row[SAMPLE_ID]].append(row)
    return found


def _check(terms: Sequence[Term], columns: Mapping[str, pa.DataType]) -> None:
    known = sorted({*columns, *_TABLE_OF} - {"renditions", "name", "entry", "digest"})
    for term in terms:
        if term.column not in {*columns, *_TABLE_OF} or term.column == "renditions":
            raise InvalidInputError(
                f"filter: {term.column[:40]} is no field; use dataset, file, sha256, {', '.join(known)}",
                field="filter",
            )
        if term.column == SAMPLE_ID and not _is_span(term):
            raise InvalidInputError(
                f"filter: sample_id {term.operator} {term.value[:40]}; use = and up to {_ID_DIGITS} hex "
                'digits, with * behind the first few: sample_id = "3f2a*"',
                field="filter",
            )


def _span(terms: Sequence[Term], after: SampleId | None) -> Span:
    low, high = EVERY_ID.low, EVERY_ID.high
    if after is not None:
        low = int.from_bytes(after, "big") + 1
    for term in terms:
        if term.column == SAMPLE_ID:
            digits = term.value.removesuffix("*")
            low = max(low, int(digits.ljust(_ID_DIGITS, "0"), 16))
            high = min(high, int(digits.ljust(_ID_DIGITS, "f"), 16) + 1)
    return Span(low=low, high=high)


def _is_span(term: Term) -> bool:
    digits = term.value.removesuffix("*")
    is_hex = all(letter in "0123456789abcdef" for letter in digits) and len(digits) <= _ID_DIGITS
    is_whole = term.value.endswith("*") or len(digits) == _ID_DIGITS
    return term.column == SAMPLE_ID and term.operator == "=" and is_hex and is_whole


def _columns_of(terms: Sequence[Term], table: str) -> list[str]:
    return sorted({term.column for term in terms if _TABLE_OF.get(term.column, "samples") == table})


def _passes(term: Term, samples: pa.RecordBatch, rows: pa.RecordBatch) -> Array:
    """Which of `samples` pass; `rows` are those of the table that the term is about."""
    if term.column == "bucket":
        sides = [rows[name].cast(pa.string()) for name in _OF_TABLE["buckets"]]
        return _among(samples, rows, _compared(term, call("binary_join_element_wise", *sides, "x")))
    if term.column == "caption":
        return _among(samples, rows, _compared(term, rows["text"]))
    if term.column == "captions":
        return _compared(term, _num_captions(samples, rows))
    return _compared(term, samples[term.column])


def _among(samples: pa.RecordBatch, rows: pa.RecordBatch, chosen: Array) -> Array:
    return pc.is_in(samples[SAMPLE_ID], rows[SAMPLE_ID].filter(chosen))


def _num_captions(samples: pa.RecordBatch, captions: pa.RecordBatch) -> Array:
    is_kept: Array = call("equal", captions[STATE], pa.scalar(KEPT)).fill_null(pa.scalar(value=False))
    counted = pc.value_counts(captions[SAMPLE_ID].filter(is_kept))
    places = pc.index_in(samples[SAMPLE_ID], counted.field("values"))
    return counted.field("counts").take(places).fill_null(0)


def _compared(term: Term, values: Array) -> Array:
    kind = values.type
    false = pa.scalar(value=False)
    if pa.types.is_boolean(kind):
        return call(_comparison(term), values, pa.scalar(term.value == "true")).fill_null(false)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return call(_comparison(term), values.cast(pa.float64()), pa.scalar(term.number)).fill_null(false)
    if not pa.types.is_string(kind):
        raise InvalidInputError(f"filter: {term.column} can't be compared; leave it out", field="filter")
    if term.operator not in {"=", "!=", ":"}:
        raise InvalidInputError(
            f"filter: {term.column} is a text; use =, != or :, not {term.operator}", field="filter"
        )
    texts: pa.StringArray = values.fill_null("")  # type: ignore[assignment]  # its type was looked at
    found = pc.match_substring_regex(texts, f"^(?:{term.pattern})$")
    return call("invert", found) if term.operator == "!=" else found


def _comparison(term: Term) -> str:
    if term.operator not in _COMPARISONS:
        raise InvalidInputError(
            f"filter: {term.column} is no text; use one of {', '.join(_COMPARISONS)}", field="filter"
        )
    return _COMPARISONS[term.operator]
