"""Spaces for underscores, but not in faces."""

import pytest

from services.captioner.domain.spelling import KAOMOJI, same_tag, spelled


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long_hair", "long hair"),
        ("hatsune_miku_(append)", "hatsune miku (append)"),
        ("1girl", "1girl"),
        ("^_^", "^_^"),
        ("<|>_<|>", "<|>_<|>"),
        (":_)", ": )"),  # on no list of faces
    ],
)
def test_underscores_become_spaces(name: str, text: str) -> None:
    assert spelled(name, remove_underscore=True) == text
    assert spelled(name, remove_underscore=False) == name


def test_there_are_nineteen_faces() -> None:
    assert len(KAOMOJI) == 19


@pytest.mark.parametrize("other", ["Long Hair", "long_hair", " long  hair ", "LONG_hair"])
def test_spellings_of_a_tag_are_the_same_tag(other: str) -> None:
    assert same_tag(other) == "long_hair"


@pytest.mark.parametrize("name", ["_", "", "||_||", "0_0"])
def test_what_is_no_word_is_itself(name: str) -> None:
    assert same_tag(name) == name
