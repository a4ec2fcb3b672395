"""Two manifests of one ancestor become one: the tables that either side made or changed, side by side."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import TypeVar

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import StateError
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.store import lineage, load_manifest
from bakehouse.manifest.table import TableRef

MERGE_STAGE = "merge"
MERGE_REVISION = 1

_Value = TypeVar("_Value")


def merge_manifests(blobs: Blobs, left: ManifestRef, right: ManifestRef) -> Manifest:
    """The manifest with what both sides did since their nearest common ancestor; it is not saved yet.

    The order of the sides does not matter. Where one side is an ancestor of the other, the other is the
    result. Sides without a common ancestor are taken as made from nothing.

    Raises:
        StateError: both changed the same table, each in another way; the message names it.
        NotFoundError, CorruptionError: as `load_manifest`.
    """
    left, right = sorted((left, right), key=lambda ref: (ref.content, ref.blob))
    base = _common_ancestor(blobs, left, right)
    ours, theirs = load_manifest(blobs, left), load_manifest(blobs, right)
    if base and base.content in {ours.content, theirs.content}:
        return theirs if base.content == ours.content else ours
    tables: dict[str, TableRef] = _merge(
        base.tables if base else {}, ours.tables, theirs.tables, identity=_content_of, what="table"
    )
    extra: dict[str, Json] = _merge(
        base.extra if base else {}, ours.extra, theirs.extra, identity=canonical_digest, what="header key"
    )
    return Manifest(
        stage=MERGE_STAGE,
        revision=MERGE_REVISION,
        spec=canonical_digest({}),
        parents=(left, right),
        tables=tables,
        extra=extra,
    )


def _content_of(table: TableRef) -> Digest:
    return table.content


def _merge(
    base: Mapping[str, _Value],
    ours: Mapping[str, _Value],
    theirs: Mapping[str, _Value],
    *,
    identity: Callable[[_Value], Digest],
    what: str,
) -> dict[str, _Value]:
    """For each name: what one side changed, else what is there; a name that a side took away stays away."""
    merged = {}
    for name in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, our, their = (identity(side[name]) if name in side else None for side in (base, ours, theirs))
        if was not in {our, their} and our != their:
            raise StateError(
                f"both manifests changed {what} {name}; redo one of the changes on top of the other"
            )
        chosen = theirs if our == was else ours
        if name in chosen:
            merged[name] = chosen[name]
    return merged


def _common_ancestor(blobs: Blobs, left: ManifestRef, right: ManifestRef) -> Manifest | None:
    """The first that both sides reach when both go back a manifest at a time; either side itself counts."""
    seen: tuple[dict[Digest, Manifest], dict[Digest, Manifest]] = ({}, {})
    for step in zip_longest(lineage(blobs, left), lineage(blobs, right)):
        for reached, mine in zip(step, seen, strict=True):
            if reached:
                mine[reached[0].content] = reached[1]
        if common := seen[0].keys() & seen[1].keys():
            return seen[0][min(common)]
    return None
