"""The reader of golden cases itself."""

import json
from pathlib import Path

import pytest

from tests.golden.cases import read_golden


def test_the_parts_of_a_name_are_joined(tmp_path: Path) -> None:
    for part, case in (("public", "a"), ("other", "b")):
        content = {"meta": {"part": part}, "cases": [{"id": case, "kind": "x"}], "configs": {case: {}}}
        (tmp_path / f"golden_hash.{part}.json").write_text(json.dumps(content))
    found = read_golden(tmp_path, "golden_hash")
    assert sorted(case["id"] for case in found.of("x")) == ["a", "b"]
    assert set(found.configs) == {"a", "b"}


def test_a_name_without_a_file_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "golden_unheard_of.public.json").write_text("")
    with pytest.raises(pytest.skip.Exception, match=r"no .*golden_hash"):
        read_golden(tmp_path, "golden_hash")


@pytest.mark.parametrize("text", ["", "{}", '{"cases": []}'])
def test_an_empty_file_fails(tmp_path: Path, text: str) -> None:
    (tmp_path / "golden_hash.public.json").write_text(text)
    with pytest.raises(AssertionError, match=r"golden_hash\.public\.json has no cases; restore it"):
        read_golden(tmp_path, "golden_hash")
