import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from services.dataset.domain.duplicates import (
    KINDS,
    DuplicateRules,
    ExactPolicy,
    Kind,
    NearPolicy,
    Verdict,
    judge,
    pixel_candidates,
)
from tests.services.dataset.domain.gathered import One, gathered

BEST = DuplicateRules(near=NearPolicy.KEEP_BEST)
ONES = st.builds(
    One,
    bytes=st.sampled_from("abcd"),
    said=st.sampled_from("xy"),
    look=st.sampled_from([None, 0, 0b111, 0b1111100, 0xFFFF]),
    entry=st.integers(0, 2),
    realm=st.integers(0, 1),
    edge=st.integers(1, 3),
)
RULES = st.builds(
    DuplicateRules,
    exact=st.sampled_from(ExactPolicy),
    near=st.sampled_from(NearPolicy),
    distance=st.integers(0, 8),
)


def told(verdict: Verdict) -> list[tuple[str, int, bool]]:
    return [
        (str(KINDS[kind]), of, out)
        for kind, of, out in zip(
            verdict.kind.tolist(), verdict.of.tolist(), verdict.is_out.tolist(), strict=True
        )
    ]


def test_the_same_bytes_and_captions_are_there_once() -> None:
    found = judge(gathered(One(bytes="a"), One(bytes="b"), One(bytes="a"), One(bytes="a", said="else")))
    assert told(found) == [
        ("", 0, False),
        ("", 1, False),
        ("exact_duplicate", 0, True),
        ("exact_duplicate", 0, False),
    ]
    assert (found.count(Kind.EXACT, is_out=True), found.count(Kind.EXACT, is_out=False)) == (1, 1)


def test_the_same_captions_twice_leave_one_of_each() -> None:
    said = [One(bytes="a", said=caption) for caption in "xyxyy"]
    assert [(of, out) for _, of, out in told(judge(gathered(*said)))] == [
        (0, False),
        (0, False),
        (0, True),
        (1, True),
        (1, True),
    ]


def test_each_entry_decides_over_its_own_pictures() -> None:
    rules = (
        DuplicateRules(),
        DuplicateRules(exact=ExactPolicy.REPORT),
        DuplicateRules(exact=ExactPolicy.KEEP_ALL),
    )
    found = judge(gathered(*(One(bytes="a", entry=entry) for entry in (0, 1, 2, 1)), rules=rules))
    assert told(found) == [
        ("exact_duplicate", 1, True),
        ("", 1, False),
        ("", 2, False),
        ("exact_duplicate", 1, False),
    ]


def test_prior_pictures_are_no_duplicates_of_training_pictures() -> None:
    found = judge(gathered(One(bytes="a", look=1), One(bytes="a", look=1, realm=1), rules=(BEST,)))
    assert not found.is_out.any()
    assert not found.kind.any()


def test_what_looks_alike_is_reported() -> None:
    found = judge(gathered(One(bytes="a", look=0), One(bytes="b", look=0b111), One(bytes="c", look=0xFFFF)))
    assert told(found) == [("", 0, False), ("near_duplicate", 0, False), ("", 2, False)]


def test_the_best_is_kept_on_request() -> None:
    ladder = [
        One(bytes="a", look=0, edge=9, sharpness=1, size_bytes=9, format="JPEG"),
        One(bytes="b", look=0, edge=9, sharpness=1, size_bytes=9),
        One(bytes="c", look=0, edge=9, sharpness=1, size_bytes=10, format="JPEG"),
        One(bytes="d", look=0, edge=9, sharpness=2, size_bytes=8, format="JPEG"),
        One(bytes="e", look=0, edge=10, sharpness=0, size_bytes=1, format="GIF"),
    ]
    for last in range(1, len(ladder) + 1):
        found = judge(gathered(*ladder[:last], rules=(BEST,)))
        assert np.flatnonzero(~found.is_out).tolist() == [last - 1]
        assert set(found.of.tolist()) == {last - 1}


def test_what_a_copy_is_a_copy_of_may_give_way_to_a_better_one() -> None:
    small = One(bytes="a", look=0)
    found = judge(gathered(small, small, One(bytes="b", look=1, edge=200), rules=(BEST,)))
    assert told(found) == [
        ("near_duplicate", 2, True),
        ("exact_duplicate", 2, True),
        ("", 2, False),
    ]


def test_copies_with_captions_of_their_own_are_not_told_of_twice() -> None:
    pair = (One(bytes="a", said="x", look=0), One(bytes="a", said="y", look=0))
    assert told(judge(gathered(*pair))) == [("", 0, False), ("exact_duplicate", 0, False)]
    assert told(judge(gathered(*pair, rules=(BEST,))))[1] == ("near_duplicate", 0, True)


def test_a_pair_is_near_by_the_smaller_distance_of_its_entries() -> None:
    rules = (DuplicateRules(distance=8), DuplicateRules(distance=2))
    far = 0b1111
    same = judge(gathered(One(bytes="a", look=0), One(bytes="b", look=far), rules=rules))
    apart = judge(gathered(One(bytes="a", look=0), One(bytes="b", look=far, entry=1), rules=rules))
    assert (same.count(Kind.NEAR, is_out=False), apart.count(Kind.NEAR, is_out=False)) == (1, 0)


def test_the_same_pixels_in_other_bytes_are_the_same_picture() -> None:
    pictures = gathered(
        One(bytes="a", look=3),
        One(bytes="b", look=3),
        One(bytes="b", look=3),
        One(bytes="c", look=3, edge=7),
        One(bytes="d", look=4),
        One(bytes="e"),
        One(bytes="f", look=3, said="else"),
    )
    assert [piece.tolist() for piece in pixel_candidates(pictures)] == [[0, 1]]
    found = judge(pictures, np.array([0, 0, 0, 1, 2, 3, 4]))
    assert found.is_out.tolist() == [False, True, True, False, False, False, False]
    assert pixel_candidates(gathered()) == []


@given(ones=st.lists(ONES, max_size=12), rules=st.tuples(RULES, RULES, RULES))
def test_what_is_set_aside_has_a_kept_picture_in_its_place(
    ones: list[One], rules: tuple[DuplicateRules, ...]
) -> None:
    pictures = gathered(*ones, rules=rules)
    found = judge(pictures)
    assert not found.is_out[found.of].any()
    assert (pictures.realm[found.of] == pictures.realm).all()
    assert ((found.kind == 0) == (found.of == np.arange(len(ones)))).all()
    assert (found.kind[found.is_out] > 0).all()
    for one, out, kind in zip(ones, found.is_out.tolist(), found.kind.tolist(), strict=True):
        own = rules[one.entry]
        allowed = {
            Kind.EXACT: own.exact is ExactPolicy.SET_ASIDE,
            Kind.NEAR: own.near is NearPolicy.KEEP_BEST,
            Kind.NONE: False,
        }
        assert not out or allowed[KINDS[kind]]


@given(ones=st.lists(ONES, max_size=12))
def test_nobody_is_set_aside_who_says_something_new(ones: list[One]) -> None:
    found = judge(gathered(*ones, rules=(DuplicateRules(near=NearPolicy.OFF),) * 3))
    every = {(one.realm, one.bytes, one.said) for one in ones}
    left = {
        (one.realm, one.bytes, one.said)
        for one, out in zip(ones, found.is_out.tolist(), strict=True)
        if not out
    }
    assert left == every
    assert len(every) == int(np.count_nonzero(~found.is_out))


def test_a_distance_has_limits() -> None:
    with pytest.raises(InvalidInputError, match="distance 9; give 0 to 8"):
        DuplicateRules(distance=9)
