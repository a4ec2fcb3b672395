from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.options import EntryOptions, RunOptions, passes_of, terms_of, trained_as
from bakehouse.schedule.terms import Sampling, Underfilled, Window
from bakehouse.spec import parse_spec


def entry(**given: Json) -> EntryOptions:
    return parse_spec(EntryOptions, given, what="dataset cats")


def test_options_of_an_entry_are_its_terms() -> None:
    given = entry(
        repeats="1.5",
        probability="0.25",
        start_epoch=2,
        end_step=9,
        slider_strength="-0.5",
        train_batch_size=3,
        disable_after_epoch_step=100,
    )
    (terms,) = terms_of(RunOptions(train_batch_size=8), {"cats": given}).entries
    assert (terms.name, terms.passes, terms.probability) == ("cats", Fraction(5, 2), Fraction(1, 4))
    assert (terms.batch_size, terms.slider, terms.fade_steps) == (3, -1, 100)
    assert terms.window == Window(start_epoch=2, end_step=9)


def test_what_is_not_given_is_as_usual() -> None:
    run = RunOptions(train_batch_size=8, num_processes=2, gradient_accumulation_steps=3)
    terms = terms_of(run, {"cats": EntryOptions()}, bucket_names=["64x64"])
    assert (terms.num_ranks, terms.accumulation, terms.bucket_name(0)) == (2, 3, "64x64")
    assert (terms.sampling, terms.underfilled) == (Sampling.AUTO, Underfilled.PAD)
    assert (terms.entries[0].passes, terms.entries[0].batch_size, terms.entries[0].slider) == (
        Fraction(1),
        8,
        0,
    )


def test_only_what_was_not_given_is_raised() -> None:
    entries = {"a": EntryOptions(), "b": EntryOptions(repeats=Decimal(0))}
    terms = terms_of(RunOptions(allow_dataset_oversubscription=True), entries)
    assert [entry.oversubscribe for entry in terms.entries] == [True, False]
    assert not terms_of(RunOptions(), entries).entries[0].oversubscribe


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"repeats": "-0.5"}, "dataset cats.repeats: '-0.5': input should be greater than or equal to 0"),
        ({"repeats": "0.3333"}, "no more than 3 decimal places"),
        ({"probability": -1}, "probability: -1"),
        ({"train_batch_size": 0}, "train_batch_size: 0"),
        ({"start_epoch": 3, "end_epoch": 2}, "end_epoch 2 is before start_epoch 3"),
        ({"start_epohc": 3}, "did you mean start_epoch"),
    ],
)
def test_an_option_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        entry(**given)


@pytest.mark.parametrize(("given", "passes"), [({}, 1), ({"repeats": 3}, 4), ({"repeats": "0.5"}, 1.5)])
def test_passes_are_one_more_than_repeats(given: dict[str, Any], passes: float) -> None:
    assert passes_of(given) == passes


def test_training_is_told_what_a_dataset_says_of_its_schedule() -> None:
    given: dict[str, Any] = {"id": "cats", "end_step": 9, "probability": None, "is_regularisation_data": True}
    assert trained_as(given) == {"repeats": 0, "end_step": 9, "prior": True}
    assert trained_as(given, may_raise=True) == {"end_step": 9, "prior": True}
