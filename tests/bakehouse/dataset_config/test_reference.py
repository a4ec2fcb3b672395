"""The page about datasets says what the code takes."""

import json
from pathlib import Path

import pytest

from bakehouse.dataset_config.entries import read_entries
from bakehouse.dataset_config.option import Options
from bakehouse.dataset_config.options import ALIASES, ELSEWHERE, OPTIONS
from bakehouse.dataset_config.reference import configuration_lines

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


def test_the_page_has_the_rows_of_the_tables() -> None:
    expected = "\n".join(configuration_lines()).rstrip()
    assert PAGE.endswith(f"\n{expected}\n"), "write configuration_lines() to the end of docs/configuration.md"


def test_the_example_can_be_read() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    found = read_entries(example, place="datasets")
    assert (found.problems, [entry.id for entry in found.images]) == ((), ["cats"])


def names(options: Options) -> list[str]:
    inner = [f"{name}.{key}" for name, option in options.items() for key in option.block]
    return [*options, *inner]


def test_keys_of_a_block_of_a_block_stand_beside_it() -> None:
    for option in OPTIONS.values():
        assert all(each.block.items() <= option.block.items() for each in option.block.values())


@pytest.mark.parametrize("name", names(OPTIONS))
def test_every_key_has_a_row_that_is_filled(name: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert row.count(" | ") >= 5
    assert all(cell.strip() for cell in row.split(" | ")[1:2])


def test_other_names_are_there() -> None:
    assert all(f"`{name}`" in PAGE for name in (*ALIASES, *ELSEWHERE))
