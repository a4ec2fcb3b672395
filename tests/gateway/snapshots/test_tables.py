"""Tables of snapshots, read from a store."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.store import load_manifest, save_manifest
from gateway.artifacts.listing import Snapshot
from gateway.snapshots.tables import SnapshotTables, take
from tests.bakehouse.manifest.small_snapshot import Shot, write_snapshot

SHOTS = tuple(Shot(name=f"{number}.png", captions=("x" * 400_000,)) for number in range(5))


@pytest.fixture
def blobs(store: DirectoryStore) -> Blobs:
    return Blobs(store, "p")


@pytest.fixture
def snapshot(blobs: Blobs, tmp_path: Path) -> Snapshot:
    ref = write_snapshot(blobs, tmp_path, *SHOTS)
    return Snapshot(project="p", id=ref.content, job="j", time="", manifest=ref.blob, counts={})


def test_long_texts_make_short_pages(store: DirectoryStore, snapshot: Snapshot) -> None:
    samples = SnapshotTables(store).samples(snapshot)
    first, rest = take(samples, 5), take(samples, 5)
    assert (len(first.samples), first.is_last) == (3, False)
    assert (len(rest.samples), rest.is_last) == (2, True)


def test_a_manifest_without_captions_has_none_to_give(
    store: DirectoryStore, blobs: Blobs, snapshot: Snapshot, tmp_path: Path
) -> None:
    ref = write_snapshot(blobs, tmp_path, SHOTS[0])
    manifest = load_manifest(blobs, ref)
    samples = {"samples": manifest.tables["samples"]}
    silent = save_manifest(blobs, type(manifest)(stage="x", revision=1, spec=manifest.spec, tables=samples))
    with pytest.raises(InvalidInputError, match="has no captions"):
        SnapshotTables(store).samples(snapshot, captions=silent.blob)
