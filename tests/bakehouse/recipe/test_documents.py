"""Documents in three formats: one number has one form, and what is wrong is said with its place."""

from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.documents import read_document


def read(folder: Path, suffix: str, text: str) -> object:
    path = folder / f"recipe{suffix}"
    path.write_text(text)
    return read_document(path)


def test_three_formats_say_the_same(tmp_path: Path) -> None:
    said = {"rate": "0.0001", "steps": 10, "name": "x", "list": ["1.5", True]}
    assert read(tmp_path, ".yaml", "rate: 1e-4\nsteps: 10\nname: x\nlist: [1.50, true]") == said
    assert read(tmp_path, ".toml", 'rate = 1e-4\nsteps = 10\nname = "x"\nlist = [1.50, true]') == said
    assert read(tmp_path, ".json", '{"rate": 1e-4, "steps": 10, "name": "x", "list": [1.50, true]}') == said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),  # the country, or kohya's mixed_precision
        ("on", "on"),
        ("010", 10),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-02", "2024-01-02"),
        ("5e-5", "0.00005"),
        (".5", "0.5"),
        ("-0.0", "0"),
        ("", None),
        ("~", None),
        ('"1.0"', "1.0"),
        ("TRUE", True),
        (".inf", ".inf"),
    ],
)
def test_yaml_has_the_values_of_its_version_1_2(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, ".yaml", f"key: {text}") == {"key": value}


def test_anchors_and_merges_are_yaml_too(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}"
    assert read(tmp_path, ".yml", text) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, # one\n "b": [1, 2,], // two\n}', {"a": 1, "b": [1, 2]}),
        ('{"a": "# no // comment, ]",}', {"a": "# no // comment, ]"}),
        ('{"a": "\\"#", }', {"a": '"#'}),
        ('{"a": 1,} # }', {"a": 1}),
        ('{"a": [1], "a": [1]}', {"a": [1]}),
    ],
)
def test_json_may_have_what_simpletuners_document_has(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, ".json", text) == value


def test_toml_dates_are_text(tmp_path: Path) -> None:
    assert read(tmp_path, ".toml", "day = 2024-01-02") == {"day": "2024-01-02"}


def test_a_byte_order_mark_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_document(tmp_path / "r.yaml") == {"a": 1}


@pytest.mark.parametrize(
    ("suffix", "text", "words"),
    [
        (".yaml", "a: 1\na: 2", "line 2, column 1: key 'a' is there twice"),
        (".yaml", "a: [1", "line 1"),
        (".yaml", "1: x", "a key is no text; put it in quotes"),
        (".yaml", "a: !!python/object:os.system x", "line 1"),
        (".yaml", "a: 1e999", "no number"),
        (".json", '{"a": 1, "a": 2}', "'a' is there twice"),
        (".json", '{"a": }', "line 1, column 7"),
        (".json", '{"a": 1, # one\n "b" 2}', "line 2, column 6"),
        (".json", "{a: 1}", "line 1, column 2"),
        (".json", '{"a": NaN}', "NaN is no number"),
        (".json", "[" * 100_000, "deeply"),
        (".toml", "a = ", "correct the TOML"),
        (".txt", "a: 1", "no .yaml, .toml or .json"),
        (".yaml", "[" * 30 + "]" * 30, "deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, suffix: str, text: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, suffix, text)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No such file"):
        read_document(tmp_path / "nothing.yaml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(b"a: \xff")
    with pytest.raises(InvalidInputError, match="save it as UTF-8"):
        read_document(tmp_path / "r.yaml")
