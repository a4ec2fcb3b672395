"""What became of samples: names, digests and ids before and after."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.listing import Change, Changes, Found, Known, compare_listing

Listing = Mapping[tuple[str, int], str]

NAMES = st.tuples(st.sampled_from(["a", "b", "c", "x/a", "y/a", "x/b"]), st.integers(0, 1))
LISTINGS = st.dictionaries(NAMES, st.sampled_from("123"))


def found(listing: Listing) -> list[Found]:
    return [Found(name=name, part=part, digest=Digest(d)) for (name, part), d in listing.items()]


def known(changes: Changes) -> list[Known]:
    return [
        Known(sample_id=p.sample_id, name=p.found.name, part=p.found.part, digest=p.found.digest)
        for p in changes.placed
    ]


def listed(*listings: Listing) -> Changes:
    """What the last listing changed, each having been compared with the one before."""
    changes = compare_listing("entry", [], [])
    for listing in listings:
        changes = compare_listing("entry", known(changes), found(listing))
    return changes


def said(changes: Changes) -> dict[str, str]:
    return {p.found.name: p.change.value + (f" {p.was.name}" if p.was else "") for p in changes.placed}


def test_a_name_that_stays_is_kept_or_edited() -> None:
    changes = listed({("a", 0): "1", ("b", 0): "2"}, {("a", 0): "1", ("b", 0): "3"})
    assert said(changes) == {"a": "kept a", "b": "edited b"}


def test_a_vanished_name_with_the_digest_of_a_new_one_is_a_rename() -> None:
    changes = listed({("a", 0): "1"}, {("b", 0): "1"})
    assert said(changes) == {"b": "renamed a"}
    assert changes.placed[0].sample_id == sample_id("entry", "a")


def test_a_copy_beside_the_original_is_added() -> None:
    assert said(listed({("a", 0): "1"}, {("a", 0): "1", ("b", 0): "1"})) == {"a": "kept a", "b": "added"}


def test_a_rename_keeps_the_part() -> None:
    changes = listed({("a", 0): "1", ("a", 1): "1"}, {("b", 0): "1", ("b", 1): "1"})
    assert [p.was.part for p in changes.placed if p.was] == [0, 1]


def test_of_several_candidates_those_with_the_same_file_name_pair_first() -> None:
    changes = listed({("x/a", 0): "1", ("x/b", 0): "1"}, {("0", 0): "1", ("y/b", 0): "1", ("y/c", 0): "1"})
    assert said(changes) == {"0": "renamed x/a", "y/b": "renamed x/b", "y/c": "added"}


def test_what_is_gone_vanished() -> None:
    changes = listed({("a", 0): "1", ("b", 0): "2"}, {("a", 0): "1"})
    assert [k.name for k in changes.vanished] == ["b"]


def test_a_new_file_at_the_name_a_sample_was_renamed_from_gets_an_id_of_its_own() -> None:
    changes = listed({("a", 0): "1"}, {("b", 0): "1"}, {("b", 0): "1", ("a", 0): "2"})
    ids = {p.found.name: p.sample_id for p in changes.placed}
    assert ids == {"a": sample_id("entry", "a", again=1), "b": sample_id("entry", "a")}


def test_a_new_file_inherits_nothing_from_a_sample_that_vanishes_beside_it() -> None:
    changes = listed({("a", 0): "1"}, {("b", 0): "1"}, {("a", 0): "2"})
    assert changes.placed[0].sample_id == sample_id("entry", "a", again=1)
    assert changes.placed[0].change == Change.ADDED


def test_a_file_that_comes_back_is_the_same_sample() -> None:
    changes = listed({("a", 0): "1"}, {}, {("a", 0): "1"})
    assert changes.placed[0].sample_id == sample_id("entry", "a")


def test_a_name_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="'a', part 0, is listed twice"):
        compare_listing("entry", [], [*found({("a", 0): "1"}), *found({("a", 0): "2"})])


def test_an_id_known_twice_is_refused() -> None:
    twins = [Known(sample_id=sample_id("entry", "a"), name=n, digest=Digest("1")) for n in "ab"]
    with pytest.raises(InvalidInputError, match="share an id"):
        compare_listing("entry", twins, [])


@settings(deadline=None)
@given(st.lists(LISTINGS, min_size=1, max_size=5))
def test_every_listed_sample_has_one_id(listings: list[Listing]) -> None:
    changes = listed(*listings)
    assert {(p.found.name, p.found.part) for p in changes.placed} == set(listings[-1])
    assert len({p.sample_id for p in changes.placed}) == len(changes.placed)


@settings(deadline=None)
@given(st.lists(LISTINGS, max_size=3), LISTINGS, st.randoms())
def test_the_order_does_not_matter(before: list[Listing], after: Listing, random: Random) -> None:
    samples, listing = known(listed(*before)), found(after)
    expected = compare_listing("entry", samples, listing)
    random.shuffle(samples)
    random.shuffle(listing)
    assert compare_listing("entry", samples, listing) == expected


@settings(deadline=None)
@given(st.lists(LISTINGS, max_size=4), LISTINGS)
def test_samples_that_kept_their_name_may_be_left_out(before: list[Listing], after: Listing) -> None:
    samples = known(listed(*before))
    plain = {
        (k.name, k.part)
        for k in samples
        if (k.name, k.part) in after and k.sample_id == sample_id("entry", k.name, k.part)
    }
    whole = compare_listing("entry", samples, found(after))
    rest = compare_listing(
        "entry",
        [k for k in samples if (k.name, k.part) not in plain],
        [f for f in found(after) if (f.name, f.part) not in plain],
    )
    assert rest.vanished == whole.vanished
    assert rest.placed == tuple(p for p in whole.placed if (p.found.name, p.found.part) not in plain)
