"""What is worth a word about a snapshot."""

from bakehouse.client.snapshot_values import BucketCounts, DatasetCounts, SnapshotSummary
from bakehouse.client.snapshot_warnings import snapshot_warnings


def summary(
    *crops: int, heavy: int = 0, kept: int = 10, out: int = 0, uncaptioned: int = 0
) -> SnapshotSummary:
    buckets = tuple(
        BucketCounts(
            dataset="cats",
            width=64,
            height=64 + 8 * at,
            crops=number,
            upscaled=heavy,
            heavily_upscaled=heavy,
        )
        for at, number in enumerate(crops)
    )
    counts = {"kept": kept, "excluded.too_small": out}
    cats = DatasetCounts(dataset="cats", counts=counts, captions=kept, uncaptioned=uncaptioned)
    return SnapshotSummary(datasets=(cats,), buckets=buckets)


def test_where_all_is_well_nothing_is_said() -> None:
    assert snapshot_warnings(summary(5, 5), batch_size=4) == []


def test_few_pictures_in_a_bucket_are_told_with_their_remedy() -> None:
    (said,) = snapshot_warnings(summary(5, 3, 1), batch_size=4)
    assert "2 buckets of 3 with fewer than 4 pictures (64x80: 1, 64x72: 3)" in said
    assert "crop_aspect: closest" in said
    assert "and 2 more" in snapshot_warnings(summary(*[1] * 7))[0]


def test_heavy_upscaling_is_told() -> None:
    (said,) = snapshot_warnings(summary(8, heavy=3))
    assert "3 of 8 pictures grow by more than half" in said


def test_missing_captions_are_told_unless_a_tagger_writes_them() -> None:
    (said,) = snapshot_warnings(summary(8, uncaptioned=2))
    assert "2 of 10 pictures have no caption" in said
    assert snapshot_warnings(summary(8, uncaptioned=2), has_tagger=True) == []


def test_a_dataset_that_is_mostly_left_out_is_told_of() -> None:
    (said,) = snapshot_warnings(summary(8, kept=4, out=6))
    assert "6 of 10 pictures are not used" in said
