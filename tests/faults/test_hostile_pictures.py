"""Broken pictures, bombs and noise: each is a picture, or a reason why it is none; nothing ends or stalls."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.jobs.record import JobState
from services.dataset.domain.decoding import Decoding
from tests.faults.decoding import CHOICES, PICTURE, outcome, outcomes_apart
from tests.faults.hostile import bombs, cut_everywhere, mutated, seeds
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import dataset_kitchen, put_listing, table
from tests.services.dataset.pictures import png

# What is said of bytes; anything else is a case that nobody thought of.
REASONS = {"broken", "not_an_image", "too_many_pixels", "too_many_frames", "odd_pixels", "animated_jxl"}


def decoded(files: list[bytes], *, timeout_s: float = 120) -> Counter[str]:
    """What became of the files, all of them."""
    found = outcomes_apart(files, timeout_s=timeout_s)
    assert len(found) == len(files), f"the process ended at file {len(found)}"
    assert set(found) <= {PICTURE, *REASONS}
    return Counter(found)


def fuzzed(rounds: range) -> list[bytes]:
    whole = [*seeds().values()]
    return [mutated(1000 * number + at, data, whole) for number in rounds for at, data in enumerate(whole)]


def test_whole_ones_are_pictures() -> None:
    for name, data in seeds().items():
        assert [outcome(data, choice) for choice in CHOICES] == [PICTURE] * 3, name


def test_mutated_ones_are_pictures_or_not() -> None:
    found = decoded(fuzzed(range(20)))
    assert min(found[PICTURE], found["broken"], found["not_an_image"]) > 0


def test_a_file_may_end_anywhere() -> None:
    files = [part for data in seeds().values() for part in cut_everywhere(data, most=20)]
    assert decoded(files)["not_an_image"] > 0


def test_noise_is_no_picture() -> None:
    chance = random.Random(4)
    heads = [data[:16] for data in seeds().values()]
    noise = [chance.randbytes(chance.randint(1, 2000)) for _ in range(100)]
    found = decoded([*noise, *(head + chance.randbytes(500) for head in heads)])
    assert found[PICTURE] <= 3  # a TGA has no mark: noise may be one


def test_bombs_are_not_unpacked() -> None:
    for name, data in bombs().items():
        assert outcome(data, Decoding(frames=None)) in REASONS, name


async def test_every_one_is_accounted_for(
    shared_nats: NatsProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    monkeypatch.setenv("BAKEHOUSE_STORE_URL", f"dir://{tmp_path / 'store'}")
    async with dataset_kitchen(shared_nats, store, tmp_path) as dataset:
        await check_accounts(dataset)


async def check_accounts(dataset: ServiceKitchen) -> None:
    files = {f"{number:03}.png": data for number, data in enumerate(fuzzed(range(50, 53)))}
    files |= {f"bomb {name}": data for name, data in bombs().items()}
    files |= {"empty.png": b"", "whole.png": png()}
    entry: Json = {"id": "odd", "listing": put_listing(dataset.blobs, files), "frames": "all", "trim": True}
    async with dataset.open_for_business():
        job: Any = await dataset.bake("snapshot", {"entries": [entry], "alignment": 16})
    assert job.state is JobState.SUCCEEDED, job.error
    rows = table(dataset.blobs, job.result, "samples")
    assert {row["name"] for row in rows} == set(files)
    states = Counter(row["state"] for row in rows)
    assert states.total() == states["kept"] + states["excluded"] + states["failed"]
    assert all(row["reason"] and row["detail"] for row in rows if row["state"] != "kept")
    named = {row["name"]: row["state"] for row in rows}
    assert (named["empty.png"], named["whole.png"]) == ("failed", "kept")


@pytest.mark.faults
def test_thousands_of_mutated_ones_are_pictures_or_not() -> None:
    for first in range(100, 500, 50):
        decoded(fuzzed(range(first, first + 50)), timeout_s=600)


@pytest.mark.faults
def test_a_file_may_end_at_every_byte() -> None:
    for name, data in seeds().items():
        assert decoded([*cut_everywhere(data, most=4000)], timeout_s=600).total() > 0, name
