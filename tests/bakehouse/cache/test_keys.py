"""Keys: two ways to the same one, another for every input that matters."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bakehouse.cache.keys import KEY_VERSION, KeyFormat, compute_key
from bakehouse.cache.revisions import golden_problem
from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

GOLDENS = {1: "d0367f555d934d56f1a463d6e16c8db109c4d47d34d85f10ddb08aaa3972c3ee"}

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "\\", "\x00\x1f\x7f", "\u2028", "é", "\U0001f370", "%s", "%(x)s", "{}", "</script>"]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from("ab%"), v), max_leaves=3
)
NAMES = st.text(st.characters(max_codepoint=127), max_size=4)
INPUTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)


def test_a_changed_key_has_a_new_version() -> None:
    key = compute_key("latent", 3, {"source": "ab", "crop": [0, 1, 2, 3], "flip": False, "text": "é\n"})
    assert golden_problem(KEY_VERSION, key.encode(), GOLDENS) is None


@settings(deadline=None)
@given(TEXT, st.integers(0, 99), INPUTS, st.data())
def test_both_ways_give_the_same_key(
    kind: str, revision: int, inputs: Mapping[str, Json], data: st.DataObject
) -> None:
    columns = data.draw(st.sets(st.sampled_from(sorted(inputs)), min_size=1))
    constants = {name: value for name, value in inputs.items() if name not in columns}
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, VALUES)), max_size=3))
    keys = KeyFormat(kind, revision, constants=constants, columns=sorted(columns, reverse=True))
    found = list(keys.keys({name: [row[name] for row in rows] for name in columns}))
    assert found == [compute_key(kind, revision, {**constants, **row}) for row in rows]


@settings(deadline=None)
@given(INPUTS, INPUTS)
def test_other_inputs_have_another_key(one: Mapping[str, Json], other: Mapping[str, Json]) -> None:
    assume(repr(sorted(one.items())) != repr(sorted(other.items())))  # not by ==: 1 is no True
    assume(compute_key("a", 1, {"order": repr(one)}) != compute_key("a", 1, {"order": repr(other)}))
    assert compute_key("latent", 1, one) != compute_key("latent", 1, other)


def test_kind_and_revision_count() -> None:
    keys = {compute_key(kind, revision, {}) for kind in ("latent", "text") for revision in (1, 2)}
    assert len(keys) == 4


@pytest.mark.parametrize("value", [0.5, 2**53, -(2**53), "\ud800", [0.5], {"é": 1}, b"", {1, 2}])
def test_what_has_no_canonical_form_has_no_key(value: Json) -> None:
    keys = KeyFormat("latent", 1, constants={}, columns=["x"])
    with pytest.raises(InvalidInputError):
        compute_key("latent", 1, {"x": value})
    with pytest.raises(InvalidInputError):
        list(keys.keys({"x": [value]}))


@pytest.mark.parametrize(
    ("constants", "columns"),
    [({"x": 1}, ["x"]), ({}, ["x", "x"]), ({"x": 1}, []), ({}, ["é"]), ({"é": 1}, ["x"])],
)
def test_each_input_is_named_once(constants: Mapping[str, Json], columns: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        KeyFormat("latent", 1, constants=constants, columns=columns)


@pytest.mark.parametrize("columns", [{}, {"x": [1]}, {"x": [1], "y": [1], "z": [1]}])
def test_the_columns_are_those_of_the_format(columns: dict[str, list[Json]]) -> None:
    with pytest.raises(InvalidInputError, match="this key is made of"):
        list(KeyFormat("latent", 1, constants={}, columns=["x", "y"]).keys(columns))


def test_columns_are_equally_long() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(KeyFormat("latent", 1, constants={}, columns=["x", "y"]).keys({"x": [1, 2], "y": [1]}))
