"""kohya's bucketing against what its code gave.

Sizes must be ours exactly. What has no bucket there (its code divides by zero, or an edge is empty) is left
out here with a reason. Its numbers for SDXL are the padding of another fit, ours the cut that is made.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.dataset_config.entry_reading import read_entry
from bakehouse.dataset_config.kohya_options import KohyaOptions, kohya_limits
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Placement, Plan, plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.exclusions import Exclusion
from services.dataset.domain.kohya_buckets import kohya_buckets
from services.dataset.domain.rules import MAX_STRETCH, CropStyle, KohyaRules, Rules, Size
from services.dataset.domain.sizes import sizes_of
from tests.golden.cases import Golden, golden

Case = Mapping[str, Any]
KINDS = ("select", "select_no_upscale", "single_bucket_off")


@pytest.fixture(scope="module")
def cases() -> Golden:
    return golden("kohya", "golden_kohya_buckets")


def kohya_of(case: Case) -> KohyaRules:
    width, height = case["resolution"]
    if case["kind"] == "single_bucket_off":
        return KohyaRules(width=width, height=height, enable_bucket=False)
    return KohyaRules(
        width=width,
        height=height,
        minimum=case["min_size"],
        maximum=case["max_size"],
        steps=case["steps"],
        no_upscale=case["kind"] == "select_no_upscale",
    )


def planned(case: Case) -> Plan:
    size = Size(width=case["image"][0], height=case["image"][1])
    rules = Rules(
        in_area=True, resolution=1.0, crop_style=CropStyle.CENTER, alignment=1, kohya=kohya_of(case)
    )
    return plan_sizes(sizes_of([size]), rules, Draws(seed=0, sample_ids=[sample_id("golden", case["id"])]))


def has_bucket(case: Case) -> bool:
    return "error" not in case and "note" not in case


def agrees(case: Case) -> bool:
    plan = planned(case)
    bucket, resized = plan.bucket.at(0), plan.resized.at(0)
    crop = case.get("center_crop_xy", [int(plan.left[0]), int(plan.top[0])])
    error = bucket.ratio - case["image"][0] / case["image"][1]
    is_same = (
        [bucket.width, bucket.height] == case["bucket"]
        and [resized.width, resized.height] == case["resized"]
        and [int(plan.left[0]), int(plan.top[0])] == crop
        and error == pytest.approx(case["ar_error"], rel=1e-5, abs=1e-6)
        and [bucket.height, bucket.width] == case.get("sdxl_target_hw", [bucket.height, bucket.width])
    )
    found = plan.at(0)
    is_long = max(case["resized"]) > MAX_STRETCH * max(case["bucket"])
    return is_same and (found.reason == "too_thin" if isinstance(found, Exclusion) else not is_long)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pictures_bucket_and_sizes_are_theirs(cases: Golden, kind: str) -> None:
    assert [case for case in cases.of(kind) if has_bucket(case) and not agrees(case)] == []


def test_what_has_no_bucket_is_left_out_with_a_reason(cases: Golden) -> None:
    found = {
        case["id"]: planned(case).at(0) for kind in KINDS for case in cases.of(kind) if not has_bucket(case)
    }
    assert [name for name, one in found.items() if isinstance(one, Placement)] == []
    assert {one.reason for one in found.values() if isinstance(one, Exclusion)} <= {"too_small", "too_thin"}


def test_the_list_of_buckets_is_theirs(cases: Golden) -> None:
    for case in cases.of("make_buckets"):
        assert [[size.width, size.height] for size in kohya_buckets(kohya_of(case))] == case["buckets"]


def test_an_entry_of_their_options_gives_their_rules(cases: Golden) -> None:
    num_cases = 0
    for case in (*cases.of("select"), *cases.of("select_no_upscale")):
        kohya = kohya_of(case)
        if kohya_limits(kohya.minimum, kohya.maximum, kohya.steps) != (kohya.minimum, kohya.maximum):
            continue  # limits that are no whole steps: the case has them as they are adjusted
        num_cases += 1
        assert rules_of(entry_of(case), alignment=1).kohya == kohya
    assert num_cases


def entry_of(case: Case) -> EntrySpec:
    table: dict[str, Json] = {
        "id": "golden",
        "listing": "0" * 64,
        "bucketing": "kohya",
        "resolution": ",".join(map(str, case["resolution"])),
        "min_bucket_reso": case["min_size"],
        "max_bucket_reso": case["max_size"],
        "bucket_reso_steps": case["steps"],
        "bucket_no_upscale": case["kind"] == "select_no_upscale",
    }
    read = read_entry(table, place="entries[0]")
    assert read.spec is not None, read.problems
    return read.spec


def test_limits_are_adjusted_or_refused_as_theirs(cases: Golden) -> None:
    for case in cases.of("adjust_min_max"):
        given = {f"{name}_bucket_reso": case[f"{name}_size"] for name in ("min", "max")}
        width, height = case["resolution"]
        options = KohyaOptions(width=width, height=height, bucket_reso_steps=case["steps"], **given)
        problems = "".join(options.problems())
        if "error" in case:
            above = case["error"] == "min_gt_resolution"
            assert ("min_bucket_reso: " if above else "max_bucket_reso: ") in problems
            assert str(case["min_size" if above else "max_size"]) in problems
        else:
            limits = kohya_limits(case["min_size"], case["max_size"], case["steps"])
            assert [*limits] == case["adjusted"]
            assert bool(problems) == (limits[0] == 0)
