"""Plans of all kinds for properties, and plans of one entry for plain tests."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from bakehouse.schedule.places import Calendar
from bakehouse.schedule.terms import EntryTerms, Sampling, SchedulePlan, Terms, Window

PASSES = st.sampled_from(
    [Fraction(1), Fraction(2), Fraction(3), Fraction(3, 2), Fraction(5, 4), Fraction(11, 10)]
)
BATCHES = st.integers(1, 4)
# Their first one is always drawn from, so that every epoch has steps.
WINDOWS = st.builds(
    Window,
    start_epoch=st.integers(0, 3),
    start_step=st.integers(0, 12),
    end_epoch=st.sampled_from([None, 0, 3, 4]),
    end_step=st.sampled_from([None, 0, 12, 13, 25]),
)


def entries(*, free: bool) -> st.SearchStrategy[list[EntryTerms]]:
    """One to four entries; `free`: with windows, weights and signs of sliders too."""
    fields: dict[str, Any] = {"name": st.just(""), "passes": PASSES, "batch_size": BATCHES}
    first = dict(fields)
    if free:
        first["slider"] = st.sampled_from([0, 0, 1, -1])
        first["probability"] = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(5, 2)])
        fields = {**first, "window": WINDOWS}
    return st.tuples(
        st.builds(EntryTerms, **first), st.lists(st.builds(EntryTerms, **fields), max_size=3)
    ).map(lambda made: _named([made[0], *made[1]]))


def plans(*, free: bool = True) -> st.SearchStrategy[SchedulePlan]:
    """Plans of up to 40 samples, of which the first is of the first entry."""
    return st.tuples(entries(free=free), st.integers(1, 40), st.integers(1, 3)).flatmap(
        lambda made: st.builds(
            SchedulePlan,
            terms=st.builds(
                Terms,
                entries=st.just(made[0]),
                num_ranks=st.integers(1, 3),
                accumulation=st.integers(1, 3),
                sampling=st.sampled_from(Sampling),
            ),
            buckets=st.lists(_numbers(made[1], 3), min_size=made[2], max_size=made[2]),
            entries=_numbers(made[1], len(made[0]) - 1).map(lambda found: [0, *found[1:]]),
        )
    )


def plain(
    buckets: Sequence[Sequence[int]], batch_size: int = 2, accumulation: int = 1, **options: Any
) -> SchedulePlan:
    """A plan of one entry."""
    entry = EntryTerms(name="cats", batch_size=batch_size, **options)
    terms = Terms(entries=[entry], accumulation=accumulation)
    return SchedulePlan(terms=terms, buckets=buckets, entries=[0] * len(buckets[0]))


def calendar_of(plan: SchedulePlan) -> Calendar:
    return Calendar(plan.terms, plan.counts())


def _numbers(length: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, most), min_size=length, max_size=length)


def _named(found: list[EntryTerms]) -> list[EntryTerms]:
    return [replace(entry, name=f"entry {number}") for number, entry in enumerate(found)]
