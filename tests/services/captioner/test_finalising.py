"""What a job gives: a manifest that depends on scores and rules alone, and scores that later jobs find."""

from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError
from bakehouse.manifest.header import decode_manifest
from tests.services.captioner.bakes import bake, compute, finalise, plan
from tests.services.captioner.snapshots import RED, Source, captions_of, png, shade, texts_of
from tests.services.captioner.tiny_tagger import put_tagger

SOURCES = [Source(name=f"{n}.png", data=shade(n)) for n in range(40)]


def test_finalising_twice_gives_the_same(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    planned = plan(blobs, {"tagger": put_tagger(shared)}, SOURCES, tmp_path)
    results = compute(blobs, planned, tmp_path)
    first = finalise(blobs, planned, results, tmp_path)
    assert finalise(blobs, planned, results, tmp_path) == first
    assert first["counts"] == {"kept": 40}


def test_hits_and_new_scores_give_the_same_captions(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    spec: Json = {"tagger": put_tagger(shared)}
    bake(blobs, spec, SOURCES[:25], tmp_path)
    planned, mixed = bake(blobs, spec, SOURCES, tmp_path)
    assert (planned.header.num_items, planned.header.num_hits) == (15, 25)
    fresh = Blobs(blobs.store, "q")
    alone: Any = bake(fresh, spec, SOURCES, tmp_path)[1]
    assert mixed["manifest"]["content"] == alone["manifest"]["content"]


def test_a_manifest_names_its_snapshot(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    planned, result = bake(blobs, {"tagger": put_tagger(shared)}, SOURCES[:1], tmp_path)
    manifest = decode_manifest(blobs.get(Digest(result["manifest"]["blob"])))
    assert (manifest.stage, [*manifest.tables]) == ("captions", ["captions"])
    assert [parent.blob for parent in manifest.parents] == [planned.job.inputs["snapshot"]]


def test_equal_pictures_share_their_scores(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    twins = [Source(name=f"{n}.png", data=png(RED)) for n in range(3)]
    _, result = bake(blobs, {"tagger": put_tagger(shared)}, twins, tmp_path)
    assert set(map(tuple, texts_of(blobs, result, twins).values())) == {("red ground",)}


def test_a_snapshot_of_captions_that_stay_keeps_its_table(
    blobs: Blobs, shared: Blobs, tmp_path: Path
) -> None:
    sources = [Source(name="a.png", data=b"never opened", captions=["one", "two"])]
    planned, result = bake(blobs, {"tagger": put_tagger(shared)}, sources, tmp_path)
    tables = [
        decode_manifest(blobs.get(blob)).tables["captions"]
        for blob in (planned.job.inputs["snapshot"], Digest(result["manifest"]["blob"]))
    ]
    assert tables[0].content == tables[1].content


def test_failures_stay_with_their_reason(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    sources = [
        Source(name="a.png", data=png(RED)),
        Source(name="b.png", data=b"no picture"),
        Source(name="c.png", data=b"no picture either", captions=["old"]),
    ]
    spec: Json = {"tagger": put_tagger(shared), "default": {"existing": "replace"}}
    _, result = bake(blobs, spec, sources, tmp_path)
    assert result["counts"] == {"kept": 1, "failed.broken": 2}
    failed = [row for rows in captions_of(blobs, result).values() for row in rows if row["state"] == "failed"]
    assert {row["detail"].partition(":")[0] for row in failed} == {
        f"picture {digest_bytes(source.data)}" for source in sources[1:]
    }
    assert {row["text"] for row in failed} == {None}


def test_scores_that_are_lost_are_told(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    planned = plan(blobs, {"tagger": put_tagger(shared)}, SOURCES[:1], tmp_path)
    with pytest.raises(CorruptionError, match="has neither scores nor a failure; bake again"):
        finalise(blobs, planned, [], tmp_path)
