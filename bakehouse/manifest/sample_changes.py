"""What changed between two snapshots, sample by sample and in words: added, edited, recaptioned ..."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import merge
from itertools import groupby

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.diff import ADDED, CHANGED, REMOVED, diff_tables
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.schema import SAMPLE_ID
from bakehouse.manifest.table import TableRef

_TABLES = ("samples", "buckets", "captions")


class ChangeKind(StrEnum):
    """What changed of a sample."""

    ADDED = "added"
    REMOVED = "removed"
    EDITED = "edited"
    RENAMED = "renamed"
    JUDGED = "judged"
    RECAPTIONED = "recaptioned"
    REBUCKETED = "rebucketed"
    RECUT = "recut"


_BY_COLUMN = {
    "samples": {
        "digest": ChangeKind.EDITED,
        "name": ChangeKind.RENAMED,
        "entry": ChangeKind.RENAMED,
        "state": ChangeKind.JUDGED,
        "reason": ChangeKind.JUDGED,
    },
    "buckets": {
        "bucket_width": ChangeKind.REBUCKETED,
        "bucket_height": ChangeKind.REBUCKETED,
        **dict.fromkeys(("resize_width", "resize_height", "crop_x", "crop_y", "flip"), ChangeKind.RECUT),
    },
    "captions": dict.fromkeys(("text", "state", "reason"), ChangeKind.RECAPTIONED),
}
# What it means that a whole row came or went, of a sample that stayed.
_BY_ROW = {"buckets": ChangeKind.REBUCKETED, "captions": ChangeKind.RECAPTIONED}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleChanges:
    """What changed of one sample; at least one thing."""

    sample_id: SampleId
    kinds: tuple[ChangeKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Change:
    sample_id: bytes
    table: str = field(compare=False)
    change: str = field(compare=False)
    columns: tuple[str, ...] = field(compare=False)


def sample_changes(
    blobs: Blobs, before: Mapping[str, TableRef], after: Mapping[str, TableRef]
) -> Iterator[SampleChanges]:
    """The samples of `after` or `before` that differ, in the order of their ids.

    Columns that only describe (thumbnails, hashes, sentences) count as no change.

    Raises:
        StateError: tables have different keys.
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    streams = [_changes(blobs, name, before, after) for name in _TABLES if name in {*before, *after}]
    for own, changes in groupby(merge(*streams), key=lambda change: change.sample_id):
        if kinds := _kinds(list(changes)):
            yield SampleChanges(sample_id=SampleId(own), kinds=kinds)


def _changes(
    blobs: Blobs, name: str, before: Mapping[str, TableRef], after: Mapping[str, TableRef]
) -> Iterator[_Change]:
    known = after.get(name) or before[name]
    empty = TableRef(key=known.key, columns=known.columns)
    for batch in diff_tables(blobs, before.get(name, empty), after.get(name, empty)):
        for row in batch.select([SAMPLE_ID, "change", "columns"]).to_pylist():
            columns = tuple(row["columns"] or ())
            yield _Change(sample_id=row[SAMPLE_ID], table=name, change=row["change"], columns=columns)


def _kinds(changes: list[_Change]) -> tuple[ChangeKind, ...]:
    found = set(_found(changes))
    whole = found & {ChangeKind.ADDED, ChangeKind.REMOVED}
    if whole:
        return tuple(whole)
    is_judged = any(change.table == "samples" and "state" in change.columns for change in changes)
    if is_judged:  # then its crops and captions came or went with it
        found -= {ChangeKind.REBUCKETED, ChangeKind.RECUT, ChangeKind.RECAPTIONED}
    if ChangeKind.REBUCKETED in found:
        found.discard(ChangeKind.RECUT)
    return tuple(kind for kind in ChangeKind if kind in found)


def _found(changes: Iterable[_Change]) -> Iterator[ChangeKind]:
    for change in changes:
        if change.change == CHANGED:
            kinds = _BY_COLUMN[change.table]
            yield from (kinds[column] for column in change.columns if column in kinds)
        elif change.table in _BY_ROW:
            yield _BY_ROW[change.table]
        elif change.change in {ADDED, REMOVED}:
            yield ChangeKind(change.change)
