from typing import Any

import pytest

from bakehouse.cli.schedule_tables import entry_rows, put_schedule, run_line, schedule_of, seen_rows
from bakehouse.client.snapshot_values import BucketCounts, SnapshotSummary
from bakehouse.errors import InvalidInputError
from tests.bakehouse.client.sightings import crop, sample

TRAINING = {"train_batch_size": 4, "max_train_epochs": 10, "learning_rate": "0.0001"}
ENTRIES = {"cats": {"repeats": "0.5", "prior": False}, "prior": {"repeats": 0, "prior": True}}
COUNTS = (("cats", 96, 64, 1), ("cats", 64, 64, 6), ("prior", 64, 64, 5))
SUMMARY = SnapshotSummary(
    datasets=(),
    buckets=tuple(
        BucketCounts(dataset=name, width=width, height=height, crops=crops, upscaled=0, heavily_upscaled=0)
        for name, width, height, crops in COUNTS
    ),
)


def test_pictures_datasets_and_buckets_are_told() -> None:
    seen = schedule_of(TRAINING, ENTRIES, SUMMARY)
    assert list(entry_rows(seen)) == [
        ["cats", "7", "1.5 times", "15 times"],
        ["prior", "5", "1 times", "10 times"],
    ]
    assert list(seen_rows(seen)) == [
        ["64x64", "cats, prior", "11", "14", "4 of 4", "2"],
        ["96x64", "cats", "1", "1", "1 of 4", "3"],
    ]
    assert run_line(seen) == (
        "50 steps, 10 epochs; the first epoch has 5 steps, 5 of its pictures again to fill them"
    )


def test_pictures_without_a_caption_are_not_counted() -> None:
    silent = sample(dataset="cats", crops=(crop(width=96),), captions=())
    seen = schedule_of(TRAINING, ENTRIES, SUMMARY, uncaptioned=[silent])
    assert [row[:2] for row in entry_rows(seen)] == [["cats", "6"], ["prior", "5"]]
    assert [bucket.name for bucket in seen.buckets] == ["64x64"]


def test_all_of_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    put_schedule(schedule_of({**TRAINING, "train_batch_size": 1}, {}, SUMMARY))
    shown = capsys.readouterr().out
    assert "SEEN AN EPOCH" in shown
    assert shown.endswith("120 steps, 10 epochs; the first epoch has 12 steps\n")


def test_a_dataset_that_is_never_seen_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    put_schedule(schedule_of(TRAINING, {**ENTRIES, "prior": {"start_epoch": 11}}, SUMMARY))
    assert "warning: dataset prior is never seen" in capsys.readouterr().err


def test_what_can_not_be_trained_so_is_refused() -> None:
    asked: dict[str, Any] = {**TRAINING, "underfilled": "error"}
    with pytest.raises(InvalidInputError, match="bucket 96x64 of cats: 1 pictures"):
        schedule_of(asked, ENTRIES, SUMMARY)
