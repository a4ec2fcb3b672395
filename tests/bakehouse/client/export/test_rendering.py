"""Captions for an export, and pictures that nobody can make. What is made: tests/e2e/test_snapshots.py."""

from dataclasses import replace
from typing import Any

import pytest

from bakehouse.client.artifact_values import Snapshot
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.client.export.rendering import render_pictures, tagged_captions
from bakehouse.client.pipeline_values import Pipeline, StageManifest
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, StateError
from tests.bakehouse.client.simmering import done
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

BLOB = digest_bytes(b"captions")


def pipeline(*manifests: StageManifest) -> Pipeline:
    finished = pipeline_of(done())
    assert finished.result is not None
    return replace(finished, result=replace(finished.result, manifests=manifests))


def manifest(stage: str, content: str, **changes: Any) -> StageManifest:
    return StageManifest(stage=stage, blob=BLOB, content=content, counts={}, **changes)


def test_captions_are_those_of_a_pipeline_of_this_snapshot(stock: Stock) -> None:
    snapshot: Snapshot = stock.put(Shot(name="a.png"))
    told = pipeline(manifest("snapshot", snapshot.id), manifest("captions", "x"))
    assert tagged_captions(told, snapshot) == BLOB
    for other in (pipeline(manifest("snapshot", snapshot.id)), pipeline(manifest("snapshot", "other"))):
        with pytest.raises(StateError, match="has written no captions"):
            tagged_captions(other, snapshot)


def test_where_nobody_makes_pictures_it_is_said(stock: Stock) -> None:
    snapshot = stock.put(Shot(name="a.png"))
    with pytest.raises(InvalidInputError, match="is no kind of job"):
        render_pictures(stock.client, snapshot, pad="square", background="#ffffff")
