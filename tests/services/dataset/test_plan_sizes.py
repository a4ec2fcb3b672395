"""Sizes planned without pictures."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Placement, place
from services.dataset.domain.draws import Draws
from services.dataset.domain.rules import Size
from services.dataset.plan_sizes import SizePlanner, planner_of

ENTRY: dict[str, Any] = {
    "resolution": 512,
    "crop": True,
    "crop_aspect": "preserve",
    "minimum_image_size": 256,
}


def planner(**entry: Any) -> SizePlanner:
    return planner_of({"entry": {**ENTRY, **entry}, "alignment": 64})


def planned(own: SizePlanner, *rows: Any) -> list[dict[str, Any]]:
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    return [json.loads(line) for line in b"".join(own.plan(lines)).splitlines()]


def test_a_plan_says_all_of_it() -> None:
    kept, small = planned(
        planner(crop_style="center"),
        {"width": 1000, "height": 750, "name": "a.png"},
        {"width": 9, "height": 9},
    )
    assert kept == {
        "name": "a.png",
        "width": 1000,
        "height": 750,
        "kept": True,
        "reason": None,
        "target_size": [576, 448],
        "pre_crop_size": [597, 448],
        "bucket": "576x448",
        "aspect_bucket": "1.29",
        "crop_coordinates": [0, 10],
    }
    assert (small["kept"], small["reason"]) == (False, "too_small")
    assert "9x9 px is less than the area of 256x256 px" in small["detail"]


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), max_size=20))
def test_each_is_what_becomes_of_it_alone(sizes: list[tuple[int, int]]) -> None:
    own = planner()
    rows: list[dict[str, Any]] = [
        {"width": width, "height": height, "name": f"{n}"} for n, (width, height) in enumerate(sizes)
    ]
    for row, found in zip(rows, planned(own, *rows), strict=True):
        size = Size(width=row["width"], height=row["height"])
        draws = Draws(seed=0, sample_ids=[sample_id("sizes", row["name"])])
        alone = place(size, own.rules, draws)
        assert found["kept"] is isinstance(alone, Placement)
        if isinstance(alone, Placement):
            assert found["target_size"] == [alone.bucket.width, alone.bucket.height]
            assert found["pre_crop_size"] == [alone.resized.width, alone.resized.height]
            assert found["crop_coordinates"] == [alone.top, alone.left]
        else:
            assert (found["reason"], found["detail"]) == (alone.reason, alone.detail)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"width": 0, "height": 9},
        {"width": "9", "height": 9},
        {"width": 1.5, "height": 9},
        {"width": 1 << 30, "height": 1},
    ],
)
def test_what_is_no_size_is_left_out_and_stops_nothing(row: dict[str, Any]) -> None:
    bad, good = planned(planner(), row, {"width": 600, "height": 600})
    assert (bad["kept"], bad["reason"], good["kept"]) == (False, "invalid_size", True)


@pytest.mark.parametrize("line", [b"nonsense", b"[1, 2]", b'{"width": 1'])
def test_a_line_that_is_none_is_named(line: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"line 2: .* is no size"):
        list(planner().plan([b'{"width": 1, "height": 1}', line]))


def test_lines_without_anything_do_not_count() -> None:
    assert len(planned(planner())) == 0
    assert b"".join(planner().plan([b"\n", b"  \n", b'{"width": 600, "height": 600}'])).count(b"\n") == 1


def test_a_rule_that_can_not_be_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="resolutoin"):
        planner_of({"entry": {"resolutoin": 3}})
    with pytest.raises(InvalidInputError, match="alignment"):
        planner_of({"alignment": 0})


def run(spec: str, sizes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.dataset.plan_sizes", spec]
    return subprocess.run(command, input=sizes, capture_output=True, text=True, check=False)


def test_it_is_a_program_too() -> None:
    done = run('{"entry": {"resolution": 512}}', '{"width": 640, "height": 480}\n')
    assert (done.returncode, json.loads(done.stdout)["kept"]) == (0, True)
    wrong = run("{}", "nonsense\n")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "line 1: b'nonsense" in wrong.stderr
