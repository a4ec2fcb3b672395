"""How often things are seen, against what SimpleTuner's code gave.

Not copied: there a small bucket fails the whole job (here only with `underfilled: error`), `repeats: 0`
counts as not given, and ranks get samples of their own, so that they may have different numbers of batches.
Here all ranks share every step; numbers of batches are theirs where their split is even. What is drawn by
torch's generator is not ours, and video and audio are none of ours yet.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.epochs import Schedule
from bakehouse.schedule.filling import short_buckets
from bakehouse.schedule.options import EntryOptions, RunOptions, terms_of
from bakehouse.schedule.places import Calendar
from bakehouse.schedule.segments import SIGNS, Runner, weight_of
from bakehouse.schedule.terms import Sampling, SchedulePlan, Terms, Window
from bakehouse.spec import parse_spec
from tests.golden.cases import Golden, golden

Case = Mapping[str, Any]


@pytest.fixture(scope="module")
def cases() -> Golden:
    return golden("simpletuner", "golden_schedule")


def options_of(given: Mapping[str, Any]) -> EntryOptions:
    """An entry as a recipe's reader hands it on: numbers may be texts, null is not given."""
    return parse_spec(EntryOptions, {k: v for k, v in given.items() if v is not None}, what="dataset golden")


def is_given(given: object) -> bool:
    return given is not None and str(given).strip() != ""


# --- split: buckets, batches, ranks, accumulation ---


def terms_of_case(case: Case, underfilled: str = "error") -> Terms:
    given = case["input"]
    run = RunOptions(
        train_batch_size=given["train_batch_size"],
        num_processes=given["num_gpus"],
        gradient_accumulation_steps=given["gradient_accumulation_steps"],
        underfilled=underfilled,  # type: ignore[arg-type]  # one of the two
        allow_dataset_oversubscription=given["allow_dataset_oversubscription"],
    )
    has_repeats = given["repeats_in_config"] and given["repeats"] != 0  # theirs: 0 is not given
    repeats = Decimal(given["repeats"]) if has_repeats or given["repeats"] else None
    return terms_of(run, {"cats": EntryOptions(repeats=repeats)}, bucket_names=list(given["buckets"]))


def counts_of(case: Case) -> dict[tuple[int, int], int]:
    return {(0, number): count for number, count in enumerate(case["input"]["buckets"].values()) if count}


def effective(case: Case) -> int:
    given = case["input"]
    size: int = given["train_batch_size"] * given["num_gpus"] * given["gradient_accumulation_steps"]
    return size


def refusal_agrees(case: Case) -> bool:
    """Whether `underfilled: error` says of each bucket what their error says."""
    terms, counts, expected = terms_of_case(case), counts_of(case), case["expected"].get("error")
    short = {one.bucket: one for one in short_buckets(terms, [counts])}
    try:
        Calendar(terms, [counts])
        message = ""
    except InvalidInputError as error:
        message = str(error)
    if expected is None:
        return not short and not message
    return (
        {name: one.num_samples for name, one in short.items()} == expected["failing_buckets"]
        and {name: one.repeats for name, one in short.items()} == expected["minimum_repeats"]
        and {one.step_size for one in short.values()} == {expected["effective_batch_size"]}
        and max(one.repeats for one in short.values()) == expected["suggested_repeats"]
        and f"repeats: {expected['suggested_repeats']} to all" in message
    )


def batches_agree(case: Case) -> bool:
    """Ours of every rank: as many as fill whole steps; theirs of no rank are more, and as many if even."""
    terms, counts = terms_of_case(case, "pad"), counts_of(case)
    calendar = Calendar(terms, [counts])
    accumulation, size = terms.accumulation, effective(case)
    seen = [bucket.num_seen(0) for bucket in calendar.buckets(0)]
    ours = accumulation * calendar.num_steps(0)
    theirs = [rank["batches"] for rank in case["expected"]["per_rank"]]
    is_even = all(number % size == 0 for number in seen) and all(
        bucket.num_samples % terms.num_ranks == 0 or bucket.parts[0].passes > terms.entries[0].passes
        for bucket in calendar.buckets(0)
    )
    filled = accumulation * sum(-(-number // size) for number in seen)
    if is_even:
        return theirs == [ours] * terms.num_ranks
    return ours == filled and max(theirs) <= ours + _ceilings(case, calendar)


def _ceilings(case: Case, calendar: Calendar) -> int:
    """How many batches their own split may add: it rounds a rank's samples up before they are repeated."""
    passes = int(calendar.terms.entries[0].passes)
    return sum(
        -(-passes // case["input"]["train_batch_size"])
        for bucket in calendar.buckets(0)
        if bucket.num_samples
    )


def test_a_bucket_that_fills_no_step_is_refused_with_their_numbers(cases: Golden) -> None:
    found = [case for case in cases.of("split") if counts_of(case)]
    assert found
    assert [case for case in found if not refusal_agrees(case)] == []


def test_a_rank_has_their_number_of_batches(cases: Golden) -> None:
    found = [case for case in cases.of("split") if counts_of(case) and "error" not in case["expected"]]
    assert found
    assert [case for case in found if not batches_agree(case)] == []


def test_all_samples_are_seen_as_often_as_repeats_say_whatever_the_split(cases: Golden) -> None:
    for case in cases.of("split"):
        counts = counts_of(case)
        if not counts or effective(case) > 32:
            continue
        terms = terms_of_case(case, "pad")
        buckets = [number for (_, number), count in counts.items() for _ in range(count)]
        schedule = Schedule(SchedulePlan(terms=terms, buckets=[buckets], entries=[0] * len(buckets)), seed=1)
        epoch = schedule.epoch(0)
        passes = {bucket.number: bucket.parts[0].passes for bucket in schedule.calendar.buckets(0)}
        pads = set(epoch.pads.tolist())
        seen = Counter(s for at, s in enumerate(epoch.samples.tolist()) if at not in pads)
        assert seen == {sample: int(passes[bucket]) for sample, bucket in enumerate(buckets)}


def test_nothing_to_see_is_refused(cases: Golden) -> None:
    for case in cases.of("split"):
        if not counts_of(case):
            with pytest.raises(InvalidInputError, match="nothing to train on"):
                Calendar(terms_of_case(case), [counts_of(case)])


def test_repeats_of_0_that_are_given_are_not_raised() -> None:
    run = RunOptions(train_batch_size=8, allow_dataset_oversubscription=True)
    steps = [
        Calendar(terms_of(run, {"cats": EntryOptions(repeats=repeats)}), [{(0, 0): 5}])
        .buckets(0)[0]
        .num_seen(0)
        for repeats in (None, Decimal(0))
    ]
    assert steps == [10, 5]


# --- when an entry is drawn from, and how it weighs ---


def test_windows_are_theirs(cases: Golden) -> None:
    odd = []
    for case in cases.of("active_window"):
        given = case["input"]
        try:
            window = options_of(given["config"]).window()
            active = window.is_active(epoch=given["epoch"], num_before=given["completed_steps"])
        except InvalidInputError:
            active = False  # one that ends before it begins: never there, refused here
        if active != case["expected"]["active"]:
            odd.append(case)
    assert odd == []


def test_groups_of_sliders_take_turns_as_theirs(cases: Golden) -> None:
    for case in cases.of("slider_rotation"):
        strengths = case["input"]["slider_strength"]
        entries = {name: options_of({"slider_strength": value}) for name, value in strengths.items()}
        terms = terms_of(RunOptions(), entries)
        names = list(entries)
        groups = {
            word: [name for name in names if entries[name].slider == sign]
            for word, sign in zip(("positive", "negative", "neutral"), SIGNS, strict=True)
        }
        expected = case["expected"]
        assert {word: sorted(found) for word, found in groups.items()} == {
            word: sorted(found) for word, found in expected["groups"].items()
        }
        if not expected["rotates"]:
            continue
        each = 12
        plan = SchedulePlan(
            terms=terms,
            buckets=[[0] * (each * len(names))],
            entries=[number for number in range(len(names)) for _ in range(each)],
        )
        epoch = Schedule(plan, seed=1).epoch(0)
        order = [names[plan.entries[epoch.step(step)[0]]] for step in range(len(expected["sequence"]))]
        group_of = {name: word for word, found in groups.items() for name in found}
        # within a group of several it is their generator's choice
        assert [group_of[name] for name in order] == [group_of[name] for name in expected["sequence"]]


def test_weights_are_theirs(cases: Golden) -> None:
    for case in cases.of("probability"):
        given = case["input"].get("probability")
        options = options_of({"probability": given if is_given(given) else None})
        runner = Runner(num_steps=1, probability=Fraction(options.probability))
        weight = weight_of(runner, sampling=Sampling.UNIFORM, num_total=1, step=0)
        assert float(weight) == case["expected"]["weight"], case
    for case in cases.of("auto_weight"):
        given = case["input"]
        options = options_of(given["config"])
        runner = Runner(
            num_steps=given["dataset_size"],
            probability=Fraction(options.probability),
            fade_steps=options.disable_after_epoch_step,
        )
        weight = weight_of(runner, sampling=Sampling.AUTO, num_total=given["total_size"], step=given["step"])
        assert float(weight) == pytest.approx(case["expected"]["weight"]), case


def test_an_end_before_the_start_is_refused_at_once() -> None:
    with pytest.raises(InvalidInputError, match="end_epoch 2 is before start_epoch 3"):
        Window(start_epoch=3, end_epoch=2)
