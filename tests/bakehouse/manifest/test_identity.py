"""A sample's id: the same for ever for the same place, another for any other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SAMPLE_ID_REVISION, parse_sample_id, sample_id

GOLDENS = {1: "270a53288d5d114e2f4c0bda5889a8a788a1831fd69b4bd16d19e9b450e69a47"}

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
PLACES = st.tuples(NAMES, NAMES, st.integers(0, 300), st.integers(0, 3))


def test_a_changed_id_has_a_new_revision() -> None:
    output = sample_id("holiday", "beach/sunset.png", 2, again=1)
    assert golden_problem(SAMPLE_ID_REVISION, output, GOLDENS) is None


@settings(deadline=None)
@given(PLACES, PLACES)
def test_two_places_have_two_ids(one: tuple[str, str, int, int], other: tuple[str, str, int, int]) -> None:
    ids = [sample_id(entry, name, part, again=again) for entry, name, part, again in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)


def test_the_border_between_entry_and_name_counts() -> None:
    assert sample_id("ab", "c") != sample_id("a", "bc")


@pytest.mark.parametrize(("name", "part"), [("", 0), ("a", -1), ("caf\udce9.png", 0)])
def test_what_is_no_place_is_refused(name: str, part: int) -> None:
    with pytest.raises(InvalidInputError):
        sample_id("holiday", name, part)


def test_the_hex_form_is_read_back() -> None:
    chosen = sample_id("holiday", "a.png")
    assert parse_sample_id(chosen.hex()) == chosen


@pytest.mark.parametrize("text", ["", "00" * 15, "00" * 17, "AA" * 16, " " + "0" * 31, "zz" * 16])
def test_other_text_is_no_id(text: str) -> None:
    with pytest.raises(InvalidInputError, match="32 lower-case hex digits"):
        parse_sample_id(text)
