"""Snapshots looked into, through a real gateway."""

import asyncio
from dataclasses import replace

import pytest

from bakehouse.canonical_json import canonical_digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.schema import TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter
from bakehouse.v1 import snapshot_pb2 as pb
from tests.bakehouse.manifest.small_snapshot import Shot
from tests.gateway.bakery import call, failure_of
from tests.gateway.snapshots.shelf import Shelf

CAT, COPY = Shot(name="a.png", data=b"same", captions=("a cat", "cats")), Shot(name="b.png", data=b"same")
SMALL = Shot(name="s.png", reason="too_small", captions=())
DOGS = tuple(Shot(name=f"{n}.png", entry="dogs", columns={"phash": "ab" * 8}) for n in range(4))
SHOTS = (CAT, COPY, SMALL, *DOGS)


async def listed(shelf: Shelf, parent: str, **wish: object) -> list[pb.Sample]:
    """All pages of a list."""
    found: list[pb.Sample] = []
    token = ""
    while True:
        request = pb.ListSamplesRequest(parent=parent, page_token=token, page_size=2, **wish)  # type: ignore[arg-type]  # given by name
        page = await call(shelf.shop.client.snapshots.ListSamples, request)
        found += page.samples
        if not (token := page.next_page_token):
            return found
        assert len(page.samples) == 2


async def snapshot_of(shelf: Shelf, *shots: Shot, pipeline: str = "b") -> str:
    return f"{shelf.parent}/snapshots/{(await shelf.put(pipeline, *shots)).content}"


async def test_samples_come_in_pages_and_as_a_stream(shelf: Shelf) -> None:
    name = await snapshot_of(shelf, *SHOTS)
    found = await listed(shelf, name)
    assert [sample.sample_id for sample in found] == sorted(shot.sample_id.hex() for shot in SHOTS)
    stub = shelf.shop.client.snapshots

    def streamed(**wish: str) -> list[pb.Sample]:
        request = pb.ReadSamplesRequest(parent=name, **wish)
        return [sample for batch in stub.ReadSamples(request) for sample in batch.samples]

    assert await asyncio.to_thread(streamed) == found
    rest = await asyncio.to_thread(lambda: streamed(after_sample_id=found[2].sample_id))
    assert rest == found[3:]
    (cat,) = await asyncio.to_thread(lambda: streamed(filter="caption = cats"))
    assert (cat.file, [caption.text for caption in cat.captions]) == ("a.png", ["a cat", "cats"])
    assert (cat.crops[0].width, cat.crops[0].resize_width, cat.crops[0].x) == (64, 128, 32)
    assert cat.picture_sha256 == cat.sha256


async def test_a_filter_and_its_page_token_belong_together(shelf: Shelf) -> None:
    name = await snapshot_of(shelf, *SHOTS)
    dogs = await listed(shelf, name, filter="dataset = dogs")
    assert len(dogs) == 4
    stub = shelf.shop.client.snapshots
    first = await call(
        stub.ListSamples, pb.ListSamplesRequest(parent=name, page_size=1, filter="dataset = dogs")
    )
    other = pb.ListSamplesRequest(parent=name, filter="dataset = cats", page_token=first.next_page_token)
    assert type(await failure_of(stub.ListSamples, other)) is InvalidInputError
    wrong = pb.ListSamplesRequest(parent=name, filter="hue = 3")
    assert "hue is no field" in (await failure_of(stub.ListSamples, wrong)).message


async def test_a_snapshot_is_told_in_numbers(shelf: Shelf) -> None:
    name = await snapshot_of(shelf, *SHOTS)
    summary = await call(
        shelf.shop.client.snapshots.GetSnapshotSummary, pb.GetSnapshotSummaryRequest(name=name)
    )
    assert {entry.dataset: dict(entry.counts) for entry in summary.datasets} == {
        "cats": {"kept": 2, "excluded.too_small": 1},
        "dogs": {"kept": 4},
    }
    assert [(found.dataset, found.width, found.crops, found.upscaled) for found in summary.buckets] == [
        ("cats", 64, 2, 2),
        ("dogs", 64, 4, 4),
    ]


async def test_two_snapshots_are_compared(shelf: Shelf) -> None:
    before = await shelf.put("b", *SHOTS)
    told = replace(COPY, captions=("a copy",))
    after = await snapshot_of(shelf, CAT, told, *DOGS, Shot(name="new.png"), pipeline="c")
    stub = shelf.shop.client.snapshots
    changes: list[pb.SampleChange] = []
    token = ""
    while token or not changes:
        request = pb.ListSnapshotChangesRequest(
            parent=after, base=before.content, page_size=2, page_token=token
        )
        page = await call(stub.ListSnapshotChanges, request)
        changes += page.changes
        token = page.next_page_token
        if not token:
            break
    kinds = {
        (change.after.file or change.before.file): [pb.SampleChange.Kind.Name(kind) for kind in change.kinds]
        for change in changes
    }
    assert kinds == {
        "b.png": ["KIND_RECAPTIONED"],
        "s.png": ["KIND_REMOVED"],
        "new.png": ["KIND_ADDED"],
    }
    assert [change.sample_id for change in changes] == sorted(change.sample_id for change in changes)
    nobody = pb.ListSnapshotChangesRequest(parent=after, base="0" * 64)
    assert type(await failure_of(stub.ListSnapshotChanges, nobody)) is NotFoundError


async def test_what_was_made_of_a_snapshot_is_told(shelf: Shelf) -> None:
    ref = await shelf.put("b", *SHOTS)
    row = {"sample_id": CAT.sample_id, "draw": 0, "state": "kept", "key": "k", "shard": "s", "row": 3}
    table = TableWriter(shelf.blobs, scratch=shelf.scratch).write(
        TABLES["latents"], row_batches(TABLES["latents"], [row])
    )
    spec = canonical_digest({})
    manifest = Manifest(stage="latents", revision=1, spec=spec, tables={"latents": table}, parents=(ref,))
    latents = save_manifest(shelf.blobs, manifest)
    await shelf.note("b", "latents", latents, inputs={"snapshot": ref.blob})
    await shelf.note("b", "train", None, inputs={"snapshot": ref.blob, "latents": latents.blob})
    await shelf.put("later", Shot(name="x.png"))  # what the gateway hears in order is heard by now
    name = f"{shelf.parent}/snapshots/{ref.content}"
    stub = shelf.shop.client.snapshots
    lineage = await call(stub.GetSnapshotLineage, pb.GetSnapshotLineageRequest(name=name))
    assert [(node.stage, list(node.jobs)) for node in lineage.ancestors] == [
        ("snapshot", [f"{shelf.parent}/jobs/b-snapshot"])
    ]
    (made,) = lineage.descendants
    assert (made.stage, dict(made.rows), list(made.parents)) == ("latents", {"latents": 1}, [ref.content])
    (run,) = lineage.trained
    assert (run.training_run, len(run.adapters)) == (f"{shelf.parent}/trainingRuns/b-train", 2)
    request = pb.GetSampleStoryRequest(name=name, sample_id=CAT.sample_id.hex())
    story = await call(stub.GetSampleStory, request)
    assert (story.sample.file, list(story.same_bytes)) == ("a.png", [COPY.sample_id.hex()])
    assert dict(story.entry) == {"repeats": 3, "prior": False}
    (later,) = story.tables
    assert (later.stage, later.table, later.rows[0]["row"]) == ("latents", "latents", 3)
    dog = pb.GetSampleStoryRequest(name=name, sample_id=DOGS[0].sample_id.hex())
    assert (await call(stub.GetSampleStory, dog)).sample.more["phash"] == "ab" * 8


async def test_captions_of_a_later_stage_take_the_place_of_the_snapshots(shelf: Shelf) -> None:
    ref, told = await shelf.put("b", CAT), await shelf.put("c", replace(CAT, captions=("by a tagger",)))
    name = f"{shelf.parent}/snapshots/{ref.content}"
    (cat,) = await listed(shelf, name, captions_manifest=told.blob)
    assert [caption.text for caption in cat.captions] == ["by a tagger"]


@pytest.mark.parametrize("sample", ["0" * 32, "zz"])
async def test_a_sample_that_is_not_there_is_not_explained(shelf: Shelf, sample: str) -> None:
    name = await snapshot_of(shelf, CAT)
    request = pb.GetSampleStoryRequest(name=name, sample_id=sample)
    error = await failure_of(shelf.shop.client.snapshots.GetSampleStory, request)
    assert type(error) in {NotFoundError, InvalidInputError}
