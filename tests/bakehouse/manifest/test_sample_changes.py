"""What changed between two snapshots."""

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.sample_changes import ChangeKind, sample_changes
from tests.bakehouse.manifest.small_snapshot import Shot, write_tables

FIRST = Shot(name="a.png")
OTHERS = tuple(Shot(name=f"{number}.png") for number in range(5))


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (replace(FIRST, data=b"other"), [ChangeKind.EDITED]),
        (replace(FIRST, captions=("a dog",)), [ChangeKind.RECAPTIONED]),
        (replace(FIRST, captions=("a cat", "more")), [ChangeKind.RECAPTIONED]),
        (replace(FIRST, bucket=(64, 128), crop=(0, 0)), [ChangeKind.REBUCKETED]),
        (replace(FIRST, crop=(1, 0)), [ChangeKind.RECUT]),
        (replace(FIRST, reason="too_small"), [ChangeKind.JUDGED]),
        (replace(FIRST, data=b"x", captions=()), [ChangeKind.EDITED, ChangeKind.RECAPTIONED]),
    ],
)
def test_a_change_has_its_names(blobs: Blobs, scratch: Path, after: Shot, kinds: list[ChangeKind]) -> None:
    old, new = write_tables(blobs, scratch, FIRST, *OTHERS), write_tables(blobs, scratch, after, *OTHERS)
    for before, now in ((old, new), (new, old)):
        (found,) = sample_changes(blobs, before, now)
        assert (found.sample_id, list(found.kinds)) == (FIRST.sample_id, kinds)


def test_samples_come_and_go(blobs: Blobs, scratch: Path) -> None:
    old, new = write_tables(blobs, scratch, *OTHERS), write_tables(blobs, scratch, FIRST, *OTHERS[1:])
    found = {changes.sample_id: changes.kinds for changes in sample_changes(blobs, old, new)}
    assert found == {FIRST.sample_id: (ChangeKind.ADDED,), OTHERS[0].sample_id: (ChangeKind.REMOVED,)}
    assert list(found) == sorted(found)


def test_what_only_describes_is_no_change(blobs: Blobs, scratch: Path) -> None:
    described = replace(FIRST, columns={"phash": "0" * 16})
    old, new = write_tables(blobs, scratch, FIRST), write_tables(blobs, scratch, described)
    assert list(sample_changes(blobs, old, new)) == []


def test_a_table_that_is_new_is_all_new(blobs: Blobs, scratch: Path) -> None:
    full = write_tables(blobs, scratch, FIRST)
    (found,) = sample_changes(blobs, {"samples": full["samples"], "buckets": full["buckets"]}, full)
    assert found.kinds == (ChangeKind.RECAPTIONED,)
