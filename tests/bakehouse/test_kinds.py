"""Values: one form for each, and what is said of those of another kind."""

import pytest

from bakehouse.canonical_json import Json
from bakehouse.kinds import Kind, canonical, number_of, shown, shown_key


@pytest.mark.parametrize("value", [8, "8", "8.0", "8e0"])
def test_one_number_has_one_form(value: Json) -> None:
    assert canonical(value, Kind.DECIMAL) == "8"
    assert canonical(value, Kind.INTEGER) == 8


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (Kind.FLAG, True, True),
        (Kind.FLAG, "False", False),
        (Kind.FLAG, "yes", True),
        (Kind.TEXT, 2024, "2024"),
        (Kind.TEXT, "x", "x"),
        (Kind.TEXTS, "one", ["one"]),
        (Kind.TEXTS, ["one", 2], ["one", "2"]),
        (Kind.DECIMAL, "1e-4", "0.0001"),
        (Kind.AMOUNT, "9.0", 9),
        (Kind.AMOUNT, 0.5, "0.5"),
        (Kind.ANY, {"a": 1}, {"a": 1}),
        (Kind.PROMPT, "a cat", "a cat"),
        (Kind.PROMPT, ["a cat", 7], ["a cat", "7"]),
        (Kind.NUMBERS, [10, "30.0"], ["10", "30"]),
        (Kind.RESOLUTION, "512", "512"),
        (Kind.RESOLUTION, [512, 768], [512, 768]),
        (Kind.RESOLUTION, "512, 768", [512, 768]),
        (Kind.RESOLUTION, [512, 512], "512"),
        (Kind.SHAPES, [1, "0.75"], ["1", "0.75"]),
        (Kind.SHAPES, [{"aspect_bucket": 2}], [{"aspect": "2", "weight": "1"}]),
        (Kind.SIZES, {"1.5": ["1216", 832.0]}, {"1.5": [1216, 832]}),
        (Kind.TABLE, {"a": 1}, {"a": 1}),
        (Kind.TABLES, [{"a": 1}], [{"a": 1}]),
    ],
)
def test_values_have_the_form_of_their_kind(kind: Kind, value: Json, form: Json) -> None:
    assert canonical(value, kind) == form


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.FLAG, 1),
        (Kind.FLAG, "perhaps"),
        (Kind.INTEGER, "8.5"),
        (Kind.INTEGER, True),
        (Kind.INTEGER, "eight"),
        (Kind.INTEGER, 2**60),
        (Kind.DECIMAL, "nan"),
        (Kind.AMOUNT, "twice"),
        (Kind.DECIMAL, False),
        (Kind.TEXT, True),
        (Kind.TEXT, ["x"]),
        (Kind.TEXTS, {"a": "b"}),
        (Kind.TEXTS, 3),
        (Kind.NUMBERS, "10"),
        (Kind.NUMBERS, ["ten"]),
        (Kind.RESOLUTION, [512, 768, 3]),
        (Kind.RESOLUTION, "512,high"),
        (Kind.RESOLUTION, "0,512"),
        (Kind.SHAPES, 1.0),
        (Kind.SHAPES, [0]),
        (Kind.SHAPES, [{}]),
        (Kind.SHAPES, [{"aspect": 1, "ratio": 2}]),
        (Kind.SHAPES, [{"aspect": 1, "weight": 0}]),
        (Kind.SIZES, [1, 2]),
        (Kind.SIZES, {"1.5": 1216}),
        (Kind.SIZES, {"1.5": [1216, 832.5]}),
        (Kind.TABLE, "a"),
        (Kind.TABLES, ["a"]),
        (Kind.TABLES, {"a": 1}),
    ],
)
def test_values_of_another_kind_are_refused_with_a_remedy(kind: Kind, value: Json) -> None:
    with pytest.raises(ValueError, match="; "):
        canonical(value, kind)


@pytest.mark.parametrize(
    ("value", "number"), [("1e3", 1000), (2, 2), ("inf", None), ("1e999999", None), (True, None), ([1], None)]
)
def test_a_number_is_one_that_is_written_so(value: Json, number: int | None) -> None:
    assert number_of(value) == number


def test_a_key_is_shown_in_a_line() -> None:
    assert (shown_key("crop"), shown_key("a\nb")) == ("crop", "'a\\nb'")


def test_what_is_long_is_shown_short() -> None:
    assert shown("x" * 100).endswith("...")
    assert len(shown("x" * 100)) == 60
