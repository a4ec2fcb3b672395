"""`captioner.tag` through the real engine, with a real network in the worker's child."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from bakehouse.manifest.identity import sample_id
from services.captioner.ports import Square
from services.captioner.tagging import Reading
from tests.nats_process import NatsProcess
from tests.services.captioner.kitchen import CaptionerKitchen, captioner_kitchen
from tests.services.captioner.snapshots import BLUE, GREEN, RED, Source, captions_of, png, shade, texts_of
from tests.services.captioner.tiny_tagger import TAG_LIST, put_listing, put_tagger, tagger_model

TWELVE = [Source(name=f"{n:02}.png", data=shade(n)) for n in range(12)]


@pytest.fixture
async def kitchen(shared_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[CaptionerKitchen]:
    async with captioner_kitchen(shared_nats, tmp_path) as kitchen, kitchen.open_for_business():
        yield kitchen


def spec_of(kitchen: CaptionerKitchen, **captioning: Json) -> dict[str, Json]:
    return {"tagger": put_tagger(kitchen.shared), "default": captioning}


async def test_only_what_is_new_is_computed(kitchen: CaptionerKitchen) -> None:
    spec = spec_of(kitchen, trigger_word="zwx")
    first = await kitchen.tag(TWELVE, spec)
    assert (first.state, first.planned_items, first.hit_items) == (JobState.SUCCEEDED, 12, 0)
    texts = texts_of(kitchen.blobs, first.result, TWELVE)
    assert texts["00.png"] == ["zwx, red ground"]
    assert texts["01.png"] == ["zwx, green ground"]

    again = await kitchen.tag(TWELVE, spec)
    assert (again.planned_items, again.hit_items) == (0, 12)
    assert again.result == first.result

    strict = await kitchen.tag(TWELVE, {**spec, "default": {"general_threshold": "1"}})
    assert (strict.planned_items, strict.hit_items) == (0, 12)
    assert texts_of(kitchen.blobs, strict.result, TWELVE)["00.png"] == [""]

    more = [*TWELVE, Source(name="more.png", data=png(BLUE))]
    forecast = await kitchen.tag(more, spec, plan_only=True)
    assert forecast.result == {"planned_units": 1, "planned_items": 1, "hit_items": 12}
    added = await kitchen.tag(more, spec)
    assert (added.planned_items, added.computed_items) == (1, 1)
    assert texts_of(kitchen.blobs, added.result, more)["more.png"] == ["zwx, blue ground"]

    renamed = [Source(name=f"r{source.name}", data=source.data) for source in more]
    assert (await kitchen.tag(renamed, spec)).planned_items == 0


async def test_a_broken_picture_fails_alone(kitchen: CaptionerKitchen) -> None:
    broken = Source(name="broken.png", data=png(RED)[:40], captions=["a cat"])
    result: Any = (await kitchen.tag([*TWELVE, broken], spec_of(kitchen, existing="append"))).result
    assert result["counts"] == {"kept": 12, "failed.broken": 1}
    (row,) = captions_of(kitchen.blobs, result)[sample_id("cats", "broken.png")]
    assert (row["state"], row["reason"], row["text"]) == ("failed", "broken", "a cat")
    assert "can't be read" in row["detail"]


async def test_a_broken_picture_beside_hits_fails_no_job(kitchen: CaptionerKitchen) -> None:
    spec = spec_of(kitchen)
    await kitchen.tag(TWELVE[:3], spec)
    record = await kitchen.tag([*TWELVE[:3], Source(name="broken.png", data=b"a text")], spec)
    assert (record.state, record.planned_items, record.failed_items) == (JobState.SUCCEEDED, 1, 1)
    result: Any = record.result
    assert result["counts"] == {"kept": 3, "failed.broken": 1}


async def test_entries_have_their_own_rules(kitchen: CaptionerKitchen) -> None:
    sources = [
        Source(name="1.png", entry="kept", data=png(RED), captions=["by hand"]),
        Source(name="2.png", entry="kept", data=png(GREEN)),
        Source(name="3.png", entry="more", data=png(BLUE), captions=["a sky", "the sea, blue ground"]),
        Source(name="4.png", entry="anew", data=png(RED), captions=["wrong", "wrong, too"]),
        Source(name="5.png", entry="anew", data=png(GREEN), state="excluded"),
    ]
    spec: dict[str, Json] = {
        "tagger": put_tagger(kitchen.shared),
        "entries": {"more": {"existing": "append"}, "anew": {"existing": "replace"}},
    }
    done = await kitchen.tag(sources, spec)
    assert done.planned_items == 3
    assert texts_of(kitchen.blobs, done.result, sources) == {
        "1.png": ["by hand"],
        "2.png": ["green ground"],
        "3.png": ["a sky, blue ground", "the sea, blue ground"],
        "4.png": ["red ground"],
        "5.png": [],
    }
    (row,) = captions_of(kitchen.blobs, done.result)[sample_id("anew", "4.png")]
    assert row["source"] == "tagger"
    assert row["key"]
    assert [tag["name"] for tag in row["tags"]] == ["general", "red_ground"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"model.onnx": tagger_model()}, "no selected_tags.csv, but model.onnx; give a folder with"),
        (
            {"model.onnx": tagger_model(shape=("n", 3, 16, 16), axes=(2, 3)), "selected_tags.csv": None},
            "channels first (NCHW)",
        ),
        (
            {"model.onnx": tagger_model(), "selected_tags.csv": b"tag_id,name,category\n1,a,0\n"},
            "gives 7 scores for a picture, and selected_tags.csv has 1 tags",
        ),
    ],
)
async def test_a_wrong_tagger_is_told_from_a_broken_picture(
    kitchen: CaptionerKitchen, files: dict[str, bytes | None], message: str
) -> None:
    listing = put_listing(kitchen.shared, {name: data or TAG_LIST for name, data in files.items()})
    record = await kitchen.tag(TWELVE[:3], {"tagger": listing})
    assert record.state is JobState.FAILED
    assert record.error is not None
    assert message in record.error.message


@pytest.mark.parametrize(("reads_ahead", "read"), [(True, "abcd"), (False, "ab")])
def test_the_next_batch_is_read_ahead_unless_a_picture_killed_a_child(reads_ahead: bool, read: str) -> None:
    batches = [[Digest(name * 64) for name in names] for names in ("ab", "cd")]
    seen: list[Digest] = []

    def read_square(picture: Digest) -> Square:
        seen.append(picture)
        return np.zeros((2, 2, 3), np.uint8)

    with ThreadPoolExecutor(1) as readers:
        reading = Reading(
            lambda picture: readers.submit(read_square, picture), batches if reads_ahead else ()
        )
        assert len(reading.read(batches[0])) == 2
    assert [picture[0] for picture in seen] == [*read]
