"""Sections: values in one form, and what is to be said of each key that is not simply honoured."""

from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.kinds import Kind
from bakehouse.recipe.keys import Section, check_section

SECTION = Section(
    honoured={"network_dim": Kind.INTEGER, "learning_rate": Kind.DECIMAL, "crop": Kind.FLAG},
    replaced={"cache_latents": "nothing is computed twice"},
    not_yet={"noise_offset": "leave it out", "probability": "use repeats"},
    neutral={"probability": 1},
    aliases={"dim": "network_dim"},
    elsewhere={"lr": "learning_rate"},
)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"network_dmi": 8}, "training.network_dmi: unknown; did you mean network_dim?"),
        ({"lr": 1}, "training.lr: unknown; here it is learning_rate"),
        ({"noise_offset": "0.1"}, "training.noise_offset: not supported yet; leave it out"),
        ({"network_dim": "eight"}, "training.network_dim: 'eight' is no whole number; give one"),
        ({"network_dim": 8, "dim": 8}, "training.dim: it is there twice, under two spellings; keep one"),
        ([], "training: [] is no table of options; give one"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(table: Json, problem: str) -> None:
    assert check_section(SECTION, table, what="training").problems == (problem,)


def test_all_is_said_at_once() -> None:
    checked = check_section(SECTION, {"network_dmi": 8, "learning_rate": "fast", "crop": 3}, what="t")
    assert len(checked.problems) == 3


def test_what_is_replaced_is_remarked_and_left_out() -> None:
    checked = check_section(SECTION, {"cache_latents": True}, what="t")
    assert (checked.values, checked.problems) == ({}, ())
    assert checked.remarks == ("t.cache_latents has no work here: nothing is computed twice",)


@pytest.mark.parametrize("value", [None, False, 0, "0", "", "false", [], {}])
def test_what_is_not_there_yet_may_be_asked_for_nothing(value: Json) -> None:
    assert check_section(SECTION, {"noise_offset": value}, what="t").problems == ()


def test_a_neutral_value_asks_for_nothing() -> None:
    assert check_section(SECTION, {"probability": 1}, what="t").problems == ()
    assert check_section(SECTION, {"probability": 2}, what="t").problems != ()


def test_a_key_without_a_value_is_left_out() -> None:
    assert check_section(SECTION, {"network_dim": None, "dim": 4}, what="t").values == {"network_dim": 4}


def test_a_programs_own_floats_are_numbers() -> None:
    values: dict[str, Any] = {"learning_rate": 1e-4, "network_dim": 8.0}  # JSON of ours has no floats
    checked = check_section(SECTION, values, what="training")
    assert (checked.values, checked.problems) == ({"learning_rate": "0.0001", "network_dim": 8}, ())
    endless: dict[str, Any] = {"learning_rate": float("nan")}
    assert check_section(SECTION, endless, what="training").problems
