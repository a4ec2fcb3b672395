import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.ids import derived_id, parse_id, random_id


@pytest.mark.parametrize("text", ["a", "my-project", "0", "a" * 63])
def test_ids(text: str) -> None:
    assert parse_id(text, field="project_id") == text


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "a.b", "a/b", "..", "a" * 64, "a\n", "é", "a\0"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="project_id") as caught:
        parse_id(text, field="project_id")
    assert caught.value.field == "project_id"


def test_random_ids_are_ids_and_differ() -> None:
    assert parse_id(random_id("j"), field="job") != random_id("j")


def test_the_same_parts_give_the_same_id() -> None:
    assert derived_id("j", "p", "r") == derived_id("j", "p", "r")
    assert derived_id("j", "p", "r") != derived_id("j", "pr", "")
