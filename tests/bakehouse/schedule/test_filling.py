from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.filling import Part, buckets_of, refuse_short_buckets, short_buckets
from bakehouse.schedule.terms import EntryTerms, Terms, Underfilled

TERMS = Terms(
    entries=[
        EntryTerms(name="cats", batch_size=4),
        EntryTerms(name="dogs", passes=Fraction(3), batch_size=4),
    ],
    num_ranks=2,
    underfilled=Underfilled.ERROR,
    bucket_names=["64x64", "96x64"],
)


@given(st.integers(1, 10**7), st.integers(0, 999), st.integers(0, 10**6))
def test_extras_of_all_epochs_are_one_long_arc(num_samples: int, thousandths: int, turn: int) -> None:
    part = Part(entry=0, num_samples=num_samples, passes=1 + Fraction(thousandths, 1000))
    start, stop = part.extras(turn)
    assert part.extras(turn + 1)[0] == stop
    assert 0 <= stop - start <= num_samples
    assert abs(start - num_samples * turn * Fraction(thousandths, 1000)) < 1
    assert part.num_seen(turn) == num_samples + stop - start


def test_entries_share_a_bucket() -> None:
    (bucket,) = buckets_of(TERMS, {(0, 0): 5, (1, 0): 2})
    assert (bucket.num_samples, bucket.num_seen(0), bucket.num_steps(0), bucket.step_size) == (7, 11, 2, 8)


def test_an_entry_of_probability_0_has_no_bucket() -> None:
    off = replace(TERMS.entries[0], probability=Fraction(0))
    assert buckets_of(replace(TERMS, entries=[off]), {(0, 0): 5}) == []


def test_a_bucket_that_fills_no_step_is_told_with_its_numbers() -> None:
    short = short_buckets(TERMS, [{(0, 0): 5, (0, 1): 8, (1, 1): 1}, {(0, 0): 5, (0, 1): 9}])
    assert [(one.bucket, one.entries, one.num_samples, one.num_seen, one.repeats) for one in short] == [
        ("64x64", ("cats",), 5, 5.0, 1)
    ]
    with pytest.raises(
        InvalidInputError,
        match=r"64x64 of cats: 5 pictures, seen 5 times in all, fill no step of 8; repeats: 1 would\. A step "
        r"has train_batch_size x 2 processes x 1 .* give repeats: 1 to all of them, .* underfilled: pad",
    ):
        refuse_short_buckets(TERMS, [{(0, 0): 5}])


def test_of_many_such_buckets_some_are_named() -> None:
    with pytest.raises(InvalidInputError, match=r"number 6 of cats.*; and 3 more buckets"):
        refuse_short_buckets(TERMS, [{(0, number): 1 for number in range(2, 10)}])


def test_pads_fill_it_unless_an_error_is_asked_for() -> None:
    refuse_short_buckets(replace(TERMS, underfilled=Underfilled.PAD), [{(0, 0): 5}])


def test_passes_are_raised_where_that_is_allowed() -> None:
    free = replace(TERMS.entries[0], oversubscribe=True)
    terms = replace(TERMS, entries=[free, TERMS.entries[1]])
    refuse_short_buckets(terms, [{(0, 0): 3, (0, 1): 9, (1, 1): 1}])
    small, large = buckets_of(terms, {(0, 0): 3, (0, 1): 9, (1, 1): 1})
    assert [part.passes for part in (*small.parts, *large.parts)] == [3, 1, 3]
    (mixed,) = buckets_of(terms, {(0, 0): 2, (1, 0): 1})
    assert [part.passes for part in mixed.parts] == [3, 3]
