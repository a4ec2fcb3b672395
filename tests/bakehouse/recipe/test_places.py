"""Paths of a recipe are the client's."""

from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.places import find_place, server_path


def test_a_path_is_relative_to_the_file_that_says_it() -> None:
    assert find_place("pictures", Path("/recipes")) == Path("/recipes/pictures")
    assert find_place("/pictures", Path("/recipes")) == Path("/pictures")
    assert find_place("~/pictures", Path("/recipes")) == Path.home() / "pictures"


@pytest.mark.parametrize(
    "text", ["", "server:/data", "s3://bucket/x", "https://host/x", "a\0b", "~nobody-of-this-name/x"]
)
def test_what_is_no_path_of_this_machine_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        find_place(text, Path("/recipes"))


def test_a_path_of_the_server_is_absolute() -> None:
    assert server_path("server:/data/cats") == "/data/cats"
    assert server_path("pictures") is None
    with pytest.raises(InvalidInputError, match="give an absolute path of the server"):
        server_path("server:cats")
