"""A snapshot in numbers."""

from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.summary import BucketCounts, summarise
from tests.bakehouse.manifest.small_snapshot import Shot, write_tables


def test_samples_and_captions_are_counted_by_dataset(blobs: Blobs, scratch: Path) -> None:
    shots = (
        Shot(name="a", captions=("one", "two")),
        Shot(name="b", captions=()),
        Shot(name="c", reason="too_small"),
        Shot(name="d", entry="dogs"),
    )
    found = summarise(blobs, write_tables(blobs, scratch, *shots)).entries
    assert list(found) == ["cats", "dogs"]
    assert found["cats"].counts == {"kept": 2, "excluded.too_small": 1}
    assert (found["cats"].num_captions, found["cats"].num_uncaptioned) == (2, 1)
    assert (found["dogs"].num_captions, found["dogs"].num_uncaptioned) == (1, 0)


def test_crops_are_counted_by_bucket_and_by_how_much_they_grow(blobs: Blobs, scratch: Path) -> None:
    shots = (
        Shot(name="a", size=(200, 100), resized=(128, 64)),
        Shot(name="b", size=(100, 50), resized=(128, 64)),
        Shot(name="c", size=(50, 25), resized=(128, 64)),
        Shot(name="d", bucket=(64, 128), size=(100, 50), resized=(100, 50)),
    )
    found = summarise(blobs, write_tables(blobs, scratch, *shots)).buckets
    assert found == {
        ("cats", 64, 64): BucketCounts(num_crops=3, num_upscaled=2, num_heavily_upscaled=1),
        ("cats", 64, 128): BucketCounts(num_crops=1),
    }


def test_samples_alone_are_enough(blobs: Blobs, scratch: Path) -> None:
    tables = write_tables(blobs, scratch, Shot(name="a"))
    found = summarise(blobs, {"samples": tables["samples"]})
    assert found.buckets == {}
    assert found.entries["cats"].counts == {"kept": 1}
