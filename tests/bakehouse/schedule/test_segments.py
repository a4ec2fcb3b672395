from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.schedule.segments import Runner, Segment, cut_segments, turns_of, weight_of
from bakehouse.schedule.terms import Sampling

RUNNERS = st.lists(
    st.builds(
        Runner,
        num_steps=st.integers(0, 50),
        probability=st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(7, 2)]),
        slider=st.sampled_from([0, 1, -1]),
        start=st.sampled_from([0, 0, 5, 30]),
        stop=st.sampled_from([None, None, 10, 60]),
        fade_steps=st.sampled_from([None, None, 1, 40]),
    ),
    min_size=1,
    max_size=5,
)


@given(RUNNERS, st.sampled_from(Sampling))
def test_a_lane_has_no_more_than_its_own_and_only_where_it_is_drawn_from(
    runners: list[Runner], sampling: Sampling
) -> None:
    now = 0
    for segment in cut_segments(runners, sampling):
        assert segment.first == now
        assert segment.num_steps > 0
        for runner, count in zip(runners, segment.counts, strict=True):
            if count:
                assert runner.start <= now
                assert runner.stop is None or now + segment.num_steps <= runner.stop
        now += segment.num_steps
    for lane, runner in enumerate(runners):
        assert sum(segment.counts[lane] for segment in cut_segments(runners, sampling)) <= runner.num_steps


@given(RUNNERS, st.sampled_from(Sampling))
def test_a_lane_that_stays_is_seen_to_its_end(runners: list[Runner], sampling: Sampling) -> None:
    segments = cut_segments(runners, sampling)
    for lane, runner in enumerate(runners):
        if not runner.start and runner.stop is None and runner.fade_steps is None:
            assert sum(segment.counts[lane] for segment in segments) == runner.num_steps


def test_lanes_of_equal_weight_are_one_segment() -> None:
    found = cut_segments([Runner(num_steps=7), Runner(num_steps=90)], Sampling.AUTO)
    assert found == [Segment(first=0, counts=(7, 90))]


def test_a_heavier_lane_is_used_up_first() -> None:
    heavy = Runner(num_steps=10, probability=Fraction(2))
    found = cut_segments([heavy, Runner(num_steps=10)], Sampling.AUTO)
    assert [segment.counts for segment in found] == [(10, 5), (0, 5)]


def test_lanes_of_each_sign_take_turns_and_weights_count_among_them() -> None:
    runners = [
        Runner(num_steps=4, slider=1),
        Runner(num_steps=9, slider=-1, probability=Fraction(2)),
        Runner(num_steps=9, slider=-1),
    ]
    first = cut_segments(runners, Sampling.UNIFORM)[0]
    assert first.counts == (4, 3, 1)
    assert turns_of(runners, [2, 0, 1]) == [[0], [2, 1]]


def test_an_epoch_ends_before_what_begins_later() -> None:
    found = cut_segments([Runner(num_steps=3), Runner(num_steps=5, start=4)], Sampling.AUTO)
    assert [segment.counts for segment in found] == [(3, 0)]


def test_a_weight_is_of_size_and_fades() -> None:
    runner = Runner(num_steps=100, probability=Fraction(2), fade_steps=50)
    weights = [weight_of(runner, sampling=Sampling.AUTO, num_total=400, step=step) for step in (0, 25, 60)]
    assert weights == [Fraction(1, 2), Fraction(1, 4), 0]
    assert weight_of(runner, sampling=Sampling.UNIFORM, num_total=400, step=0) == 2
