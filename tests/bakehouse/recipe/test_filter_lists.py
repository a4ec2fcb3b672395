import json
from pathlib import Path

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.filter_lists import read_filter_list


def test_a_list_is_itself() -> None:
    assert read_filter_list(["arafed ", "s/a/b/"], Path()) == ["arafed ", "s/a/b/"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_file_has_an_entry_a_line_with_its_white_space(tmp_path: Path, end: str) -> None:
    (tmp_path / "filters.txt").write_bytes(end.join(["arafed ", "", " s/é/e/", ""]).encode())
    assert read_filter_list("filters.txt", tmp_path) == ["arafed ", "", " s/é/e/"]


def test_a_json_file_has_a_list(tmp_path: Path) -> None:
    (tmp_path / "filters.json").write_text(json.dumps(["a", "s/b/c"]))
    assert read_filter_list(str(tmp_path / "filters.json"), Path()) == ["a", "s/b/c"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("arafed", r"'arafed' is no list; give one, or the path of a \.txt or \.json file"),
        ("gone.txt", r"gone\.txt: No such file or directory; name a file of filters"),
        ("table.json", "it is no list; give one of texts"),
        ("broken.json", "mend the JSON"),
        ("latin.txt", "it is no UTF-8 text"),
        (["a", 5], "entry 2, 5, is no text; put it in quotes"),
        ({"a": 1}, "it is no list"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, value: Json, problem: str) -> None:
    (tmp_path / "table.json").write_text('{"x": 1}')
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "latin.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(InvalidInputError, match=problem):
        read_filter_list(value, tmp_path)
