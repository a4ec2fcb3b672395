"""Snapshots through the client, from a real gateway."""

from dataclasses import replace

import pytest

from bakehouse.client.snapshot_values import ChangeKind, SampleState
from bakehouse.errors import InvalidInputError, NotFoundError
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

CAT = Shot(name="a.png", captions=("a cat", "cats"))
SMALL = Shot(name="s.png", reason="too_small")
DOGS = tuple(Shot(name=f"{n}.png", entry="dogs") for n in range(5))


def test_samples_are_streamed_and_come_in_pages(stock: Stock) -> None:
    snapshots, name = stock.client.snapshots, stock.put(CAT, SMALL, *DOGS).name
    found = list(snapshots.samples(name))
    assert len(found) == 7
    assert [sample.sample_id for sample in found] == sorted(sample.sample_id for sample in found)
    paged, token = snapshots.page(name, size=4)
    rest, end = snapshots.page(name, size=4, token=token)
    assert ([*paged, *rest], end) == (found, "")
    (cat,) = snapshots.samples(name, 'file = "a.png"')
    assert (cat.texts, cat.crops[0].bucket, cat.is_kept) == (("a cat", "cats"), "64x64", True)
    (small,) = snapshots.samples(name, "state = excluded")
    assert (small.state, small.reason, small.crops) == (SampleState.EXCLUDED, "too_small", ())
    with pytest.raises(InvalidInputError, match="hue is no field"):
        list(snapshots.samples(name, "hue = 3"))


def test_a_snapshot_is_told_in_numbers(stock: Stock) -> None:
    summary = stock.client.snapshots.summary(stock.put(CAT, SMALL).name)
    (cats,) = summary.datasets
    assert (cats.num_kept, cats.captions, dict(cats.counts)) == (1, 2, {"kept": 1, "excluded.too_small": 1})
    assert [(bucket.width, bucket.crops) for bucket in summary.buckets] == [(64, 1)]


def test_what_changed_is_told(stock: Stock) -> None:
    before, after = stock.put(CAT, *DOGS), stock.put(replace(CAT, captions=("a lion",)), *DOGS[1:])
    found = {change.kinds: change for change in stock.client.snapshots.diff(before.name, after.name)}
    assert set(found) == {(ChangeKind.RECAPTIONED,), (ChangeKind.REMOVED,)}
    told = found[ChangeKind.RECAPTIONED,]
    assert told.before is not None
    assert told.after is not None
    assert (told.before.texts[0], told.after.texts) == ("a cat", ("a lion",))
    with pytest.raises(InvalidInputError, match="are of two projects"):
        list(stock.client.snapshots.diff(before.name, "projects/other/snapshots/x"))


def test_a_snapshot_has_its_lineage_and_a_sample_its_story(stock: Stock) -> None:
    made = stock.put(CAT, Shot(name="b.png", data=b"a.png"), entries=[{"id": "cats", "repeats": 2}])
    lineage = stock.client.snapshots.lineage(made.name)
    (own,) = lineage.ancestors
    assert (own.content, own.manifest, own.rows["samples"]) == (made.id, made.manifest, 2)
    assert (lineage.descendants, lineage.trained) == ((), ())
    story = stock.client.snapshots.story(made.name, CAT.sample_id.hex())
    assert (story.sample.file, len(story.same_bytes), dict(story.entry)) == ("a.png", 1, {"repeats": 2})


def test_a_snapshot_is_found_as_people_name_it(stock: Stock) -> None:
    snapshots = stock.client.snapshots
    with pytest.raises(NotFoundError, match="has no snapshot; plan or bake"):
        snapshots.find("", stock.project)
    made = stock.put(CAT)
    ref = snapshots.refs.create("good", made.name)
    for text in (made.name, made.id, made.id[:10], "good", ref.name, ""):
        assert snapshots.find(text, stock.project) == made
    for text in ("bad", "ffff0000"):
        with pytest.raises(NotFoundError, match="by name or by its first digits"):
            snapshots.find(text, stock.project)
