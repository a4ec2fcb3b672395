"""`bakehouse repeats`, which needs no studio."""

import json
import tomllib
from pathlib import Path

import pytest

from bakehouse.cli.repeats import repeats
from bakehouse.errors import InvalidInputError


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    path = tmp_path / "targets.yaml"
    path.write_text(
        "concepts: {cat: 30, dog: 30}\ngroups: {cat: {num_pictures: 20}, dog: {num_pictures: 10}}\n"
    )
    return path


def test_groups_and_concepts_are_told(targets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repeats(targets)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["dog", "10", "2", "30", "3_dog"] in lines
    assert ["dog", "30", "30"] in lines


def test_fractions_are_told_and_what_kohya_makes_of_them(
    targets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repeats(targets, fractions=True, as_json=True)
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {
        "repeats": {"cat": 0.5, "dog": 2.0},
        "concepts": {"cat": {"target": 30.0, "seen": 30.0}, "dog": {"target": 30.0, "seen": 30.0}},
        "kohya": {"cat": "3_cat", "dog": "6_dog"},
        "kohya_epoch": 2,
    }
    assert "an epoch of these folders is 2 epochs" in shown.err


def test_rounded_repeats_are_told(targets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets.write_text("concepts: {cat: 10}\ngroups: {cat: {num_pictures: 7}}\n")
    repeats(targets, fractions=True)
    assert "rounded" in capsys.readouterr().err


def test_a_configuration_is_written_and_nothing_overwritten(targets: Path) -> None:
    file = targets.parent / "dataset_config.toml"
    repeats(targets, kohya=file)
    subsets = tomllib.loads(file.read_text())["datasets"][0]["subsets"]
    assert [subset["num_repeats"] for subset in subsets] == [1, 3]
    with pytest.raises(InvalidInputError, match="is there already"):
        repeats(targets, kohya=file)
