"""A snapshot's numbers for people."""

import pytest

from bakehouse.cli.snapshot_tables import bucket_rows, dataset_rows, duplicate_lines, put_summary, size_lines
from bakehouse.client.snapshot_values import BucketCounts, DatasetCounts, SnapshotSummary


def bucket(dataset: str, width: int, crops: int, upscaled: int = 0) -> BucketCounts:
    return BucketCounts(
        dataset=dataset, width=width, height=64, crops=crops, upscaled=upscaled, heavily_upscaled=0
    )


SUMMARY = SnapshotSummary(
    datasets=(
        DatasetCounts(dataset="cats", counts={"kept": 8, "excluded.too_small": 2}, captions=8, uncaptioned=0),
        DatasetCounts(dataset="dogs", counts={"kept": 1, "failed.broken": 1}, captions=0, uncaptioned=1),
    ),
    buckets=(bucket("cats", 128, 2), bucket("cats", 64, 6, 3), bucket("dogs", 64, 1)),
)


def test_totals_are_by_dataset_and_of_all() -> None:
    assert list(dataset_rows(SUMMARY)) == [
        ["cats", "8", "2", "8", "2 too small"],
        ["dogs", "1", "1", "0", "1 broken"],
        ["all", "9", "3", "8", "2 too small, 1 broken"],
    ]


def test_the_histogram_has_a_bar_a_bucket_the_narrowest_first() -> None:
    first, second = bucket_rows(SUMMARY)
    assert first == ["64x64", "7", "3", "█" * 30]
    assert second == ["128x64", "2", "", "█" * 9]


def test_what_is_there_twice_and_stays_is_told() -> None:
    named = [
        {"kind": "near_duplicate", "picture": "a.png of dataset cats", "of": "b.png of dataset cats"},
        {"kind": "exact_duplicate", "picture": "c.png of dataset cats", "of": "b.png of dataset cats"},
    ]
    counts = {"kept": 9, "duplicates.near": 2, "duplicates.exact": 1}
    assert list(duplicate_lines({"counts": counts, "duplicates": named})) == [
        "3 pictures are kept although there twice (1 exact, 2 near):",
        "  a.png of dataset cats: looks like b.png of dataset cats",
        "  c.png of dataset cats: the same pixels as b.png of dataset cats",
        "  and 1 more; their column duplicate_of says of which: bakehouse explain",
    ]
    assert not list(duplicate_lines({"counts": {"kept": 9, "duplicates.near": 0}}))
    assert not list(duplicate_lines({}))


@pytest.mark.parametrize(("number", "told"), [(1, "1 picture is of another size"), (2, "2 pictures are of")])
def test_sizes_that_a_table_has_wrong_are_counted(number: int, told: str) -> None:
    (line,) = size_lines({"counts": {"kept": 9, "size_differs": number}})
    assert line.startswith(told)
    assert not list(size_lines({"counts": {"kept": 9}}))


def test_all_of_it_is_shown_with_warnings_beside(capsys: pytest.CaptureFixture[str]) -> None:
    put_summary(SUMMARY, batch_size=4)
    shown = capsys.readouterr()
    for word in ("BUCKET", "64x64", "all"):
        assert word in shown.out
    assert "warning: dataset dogs: 1 of 1 pictures have no caption" in shown.err
