"""What values know of themselves."""

from bakehouse.client.snapshot_values import Caption, DatasetCounts
from tests.bakehouse.client.sightings import crop, sample


def test_a_crop_is_called_by_its_bucket() -> None:
    assert crop(width=512, height=768).bucket == "512x768"


def test_a_caption_that_failed_is_no_text() -> None:
    bad = Caption(variant=0, text="", source="textfile", state="failed", reason="not_utf8")
    assert sample(captions=(bad,)).texts == ()


def test_none_are_used_where_none_are_kept() -> None:
    assert DatasetCounts(dataset="cats", counts={}, captions=0, uncaptioned=0).num_kept == 0
