"""Manifests in the store: what is saved is found, and what is found is what was asked for."""

from dataclasses import replace

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, NotFoundError
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.store import lineage, load_manifest, save_manifest


def manifest(stage: str, *parents: ManifestRef) -> Manifest:
    return Manifest(stage=stage, revision=1, spec=digest_bytes(b"spec"), parents=parents, tables={})


def test_finalising_twice_is_finalising_once(blobs: Blobs) -> None:
    assert save_manifest(blobs, manifest("a")) == save_manifest(blobs, manifest("a"))


def test_a_manifest_is_loaded(blobs: Blobs) -> None:
    assert load_manifest(blobs, save_manifest(blobs, manifest("a"))) == manifest("a")


def test_a_reference_promises_the_content(blobs: Blobs) -> None:
    ref = replace(save_manifest(blobs, manifest("a")), content=digest_bytes(b"other"))
    with pytest.raises(CorruptionError, match=f"manifest {ref.blob} has content"):
        load_manifest(blobs, ref)


def test_a_blob_that_is_no_manifest_is_named(blobs: Blobs) -> None:
    blob = blobs.put(b"a picture")
    with pytest.raises(CorruptionError, match=f"manifest {blob}: this is no manifest"):
        load_manifest(blobs, ManifestRef(blob=blob, content=blob))


def test_a_missing_manifest_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        load_manifest(blobs, ManifestRef(blob=digest_bytes(b"no"), content=digest_bytes(b"no")))


def test_lineage_goes_back_by_generations_and_meets_each_ancestor_once(blobs: Blobs) -> None:
    root = save_manifest(blobs, manifest("root"))
    left, right = (save_manifest(blobs, manifest(stage, root)) for stage in ("left", "right"))
    tip = save_manifest(blobs, manifest("tip", left, right))
    assert [found.stage for _, found in lineage(blobs, tip)] == ["tip", "left", "right", "root"]
    assert next(lineage(blobs, tip))[0] == tip
