"""Sample prompts, in all their forms."""

from pathlib import Path

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.prompts import read_prompts


@pytest.mark.parametrize(
    ("value", "prompts"),
    [
        ("a cat", [{"prompt": "a cat"}]),
        (["a cat", {"prompt": "a dog", "seed": "3"}], [{"prompt": "a cat"}, {"prompt": "a dog", "seed": 3}]),
        (
            "a cat, red --n blurry, dark --W 80 --h 48 --d 7",
            [
                {
                    "prompt": "a cat, red",
                    "negative_prompt": "blurry, dark",
                    "width": 80,
                    "height": 48,
                    "seed": 7,
                }
            ],
        ),
    ],
)
def test_prompts_become_tables(value: Json, prompts: Json) -> None:
    assert read_prompts(value, Path()) == prompts


def test_a_file_has_a_prompt_on_each_line(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("# mine\na cat\n\n  a dog --d 3\n")
    assert read_prompts("prompts.txt", tmp_path) == [{"prompt": "a cat"}, {"prompt": "a dog", "seed": 3}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "give a list of prompts"),
        ("a cat --s 30", "set sample_steps for all"),
        ("a cat --xy 30", "there are --n, --w, --h, --d"),
        ("a cat --w wide", "no whole number"),
        ([" "], "prompt 1: empty"),
        ([{"promt": "x"}], "did you mean prompt"),
        ("gone.txt", "can't be read"),
    ],
)
def test_what_is_wrong_is_said(value: Json, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_prompts(value, Path())
