"""Merges: what either side did, in whichever order they are named."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import digest_bytes
from bakehouse.errors import StateError
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.merge import merge_manifests
from bakehouse.manifest.store import load_manifest, save_manifest
from bakehouse.manifest.table import Part, TableRef
from tests.bakehouse.manifest.rows import CAKES, some

Said = Mapping[str, int]  # a table by name, and a number for what is in it

TABLES = st.dictionaries(st.sampled_from(["samples", "captions", "texts"]), st.integers(0, 2))


def table(number: int) -> TableRef:
    digest = digest_bytes(str(number).encode())
    part = Part(prefix="", num_rows=number + 1, states={}, content=digest, blob=digest, size_bytes=1)
    return TableRef(key=CAKES.key, columns=CAKES.columns, parts=(part,))


def save(blobs: Blobs, stage: str, tables: Said, *parents: ManifestRef, **extra: int) -> ManifestRef:
    refs = {name: table(number) for name, number in tables.items()}
    spec = digest_bytes(b"spec")
    return save_manifest(
        blobs, Manifest(stage=stage, revision=1, spec=spec, parents=parents, tables=refs, extra=extra)
    )


def said(manifest: Manifest) -> Said:
    return {name: found.num_rows - 1 for name, found in manifest.tables.items()}


@some
@given(base=TABLES, left=TABLES, right=TABLES)
def test_a_merge_is_symmetric_and_takes_what_changed(
    blobs: Blobs, base: Said, left: Said, right: Said
) -> None:
    names = base.keys() | left.keys() | right.keys()
    sides = {name: (base.get(name), left.get(name), right.get(name)) for name in names}
    assume(all(b in {a, c} or a == c for b, a, c in sides.values()))
    root = save(blobs, "root", base)
    tips = [save(blobs, "left", left, root), save(blobs, "right", right, root)]
    merged = merge_manifests(blobs, *tips)
    assert merged == merge_manifests(blobs, *reversed(tips))
    chosen = {name: c if a == b else a for name, (b, a, c) in sides.items()}
    assert said(merged) == {name: number for name, number in chosen.items() if number is not None}
    assert set(merged.parents) == set(tips)


def test_two_stages_of_one_manifest_are_joined(blobs: Blobs) -> None:
    root = save(blobs, "ingest", {"samples": 0})
    left = save(blobs, "caption", {"samples": 0, "captions": 0}, root)
    right = save(blobs, "encode", {"samples": 0, "latents": 0}, root)
    assert said(merge_manifests(blobs, left, right)) == {"captions": 0, "latents": 0, "samples": 0}


def test_a_table_that_both_changed_is_named(blobs: Blobs) -> None:
    root = save(blobs, "ingest", {"samples": 0})
    left, right = (save(blobs, "curate", {"samples": number}, root) for number in (1, 2))
    with pytest.raises(StateError, match="both manifests changed table samples"):
        merge_manifests(blobs, left, right)


def test_what_both_did_alike_is_no_conflict(blobs: Blobs) -> None:
    root = save(blobs, "ingest", {"samples": 0})
    left, right = (save(blobs, stage, {"samples": 1}, root) for stage in ("one", "other"))
    assert said(merge_manifests(blobs, left, right)) == {"samples": 1}


def test_a_merge_with_an_ancestor_is_the_descendant(blobs: Blobs) -> None:
    root = save(blobs, "ingest", {"samples": 0})
    tip = save(blobs, "caption", {"samples": 0}, save(blobs, "curate", {"samples": 1}, root))
    assert merge_manifests(blobs, root, tip) == load_manifest(blobs, tip)
    assert merge_manifests(blobs, tip, tip) == load_manifest(blobs, tip)


def test_a_change_is_found_behind_several_stages(blobs: Blobs) -> None:
    root = save(blobs, "ingest", {"samples": 0, "captions": 0})
    curated = save(blobs, "curate", {"samples": 1, "captions": 0}, root)
    left = save(blobs, "caption", {"samples": 1, "captions": 1}, curated)
    right = save(blobs, "encode", {"samples": 0, "captions": 0, "latents": 0}, root)
    assert said(merge_manifests(blobs, left, right)) == {"captions": 1, "latents": 0, "samples": 1}


def test_manifests_without_a_common_ancestor_may_differ_in_what_they_have(blobs: Blobs) -> None:
    left, right = save(blobs, "one", {"samples": 0, "texts": 1}), save(blobs, "other", {"samples": 0})
    assert said(merge_manifests(blobs, left, right)) == {"samples": 0, "texts": 1}


def test_unknown_header_keys_are_merged_like_tables(blobs: Blobs) -> None:
    root = save(blobs, "root", {})
    left, right = save(blobs, "one", {}, root, colour=1), save(blobs, "other", {}, root)
    assert merge_manifests(blobs, left, right).extra == {"colour": 1}
    with pytest.raises(StateError, match="header key colour"):
        merge_manifests(blobs, left, save(blobs, "other", {}, root, colour=2))
