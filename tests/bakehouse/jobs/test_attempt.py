from collections.abc import Sequence

import pytest

from bakehouse.errors import InvalidInputError, UnavailableError
from bakehouse.jobs.attempt import Attempt, AttemptError, AttemptOutcome
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure
from bakehouse.jobs.isolation import Piece, Trial
from bakehouse.jobs.stage import UnitOutputs

PLAIN = Trial(excluded=(), batch_limit=None, probe=())


class Work:
    """Two batches; an item that is a key of `faults` raises its value."""

    batches: Sequence[Sequence[str]] = (("a", "b", "c"), ("d", "e"))

    def __init__(self, faults: dict[str, Exception]) -> None:
        self.faults = faults
        self.done: list[str] = []

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        for item in items:
            if item in self.faults:
                raise self.faults[item]
        self.done += items
        return ()

    def close(self) -> UnitOutputs:
        return UnitOutputs(outputs=sorted(self.done))


def attempt(faults: dict[str, Exception], trial: Trial = PLAIN) -> tuple[AttemptOutcome, list[Piece]]:
    pieces: list[Piece] = []
    outcome = Attempt(Work(faults), trial, pieces.append).run()
    return outcome, pieces


def test_batches_are_run_as_planned() -> None:
    outcome, pieces = attempt({})
    assert pieces == [("a", "b", "c"), ("d", "e"), ()]
    assert (outcome.num_done, outcome.failures) == (5, ())
    assert outcome.outputs.outputs == ["a", "b", "c", "d", "e"]


def test_a_bad_item_fails_alone() -> None:
    outcome, pieces = attempt({"b": InvalidInputError("b is broken; mend it")})
    assert pieces[:4] == [("a", "b", "c"), ("a",), ("b",), ("c",)]
    (failure,) = outcome.failures
    assert (failure.item, failure.failure_class, failure.reason) == (
        "b",
        FailureClass.INPUT,
        "b is broken; mend it",
    )
    assert outcome.num_done == 4


def test_an_error_of_ours_in_one_item_does_not_name_its_text() -> None:
    outcome, _ = attempt({"d": KeyError("canary")})
    assert [(f.item, f.failure_class) for f in outcome.failures] == [("d", FailureClass.BUG)]
    assert "canary" not in outcome.failures[0].reason


def test_an_error_of_ours_in_every_item_fails_the_unit() -> None:
    with pytest.raises(AttemptError, match="all 5 items failed") as caught:
        attempt({item: KeyError() for item in "abcde"})
    assert caught.value.failure_class is FailureClass.BUG


@pytest.mark.parametrize(
    ("error", "failure_class"),
    [
        (UnavailableError("away"), FailureClass.UNAVAILABLE),
        (ConfigError("no model"), FailureClass.CONFIG),
        (MemoryError(), FailureClass.MEMORY),
    ],
)
def test_what_no_item_is_to_blame_for_ends_the_attempt(error: Exception, failure_class: FailureClass) -> None:
    with pytest.raises(AttemptError) as caught:
        attempt({"b": error})
    assert (caught.value.failure_class, caught.value.piece) == (failure_class, ("a", "b", "c"))


def test_smaller_batches() -> None:
    _, pieces = attempt({}, Trial(excluded=(), batch_limit=2, probe=()))
    assert pieces == [("a", "b"), ("c",), ("d", "e"), ()]


def test_the_excluded_are_left_out_and_told() -> None:
    gone = ItemFailure(item="b", failure_class=FailureClass.CRASH, reason="it kills")
    outcome, pieces = attempt({}, Trial(excluded=(gone,), batch_limit=None, probe=()))
    assert pieces[0] == ("a", "c")
    assert (outcome.failures, outcome.num_done) == ((gone,), 4)


def test_a_probe_runs_suspects_alone() -> None:
    pieces: list[Piece] = []
    trial = Trial(excluded=(), batch_limit=None, probe=("a", "b"))
    Attempt(Work({"a": KeyError()}), trial, pieces.append).probe()
    assert pieces == [("a",), ("b",)]
