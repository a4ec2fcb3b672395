"""Buckets and cuts against what SimpleTuner's code gave.

Its results must be ours exactly, save where they distort, pad, crash or ignore an option (a tag says so):
there the rule is tested that we have instead.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from math import sqrt
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import MAX_EDGE, Exclusion, Placement, place
from services.dataset.domain.draws import Draw
from services.dataset.domain.geometry import aligned
from services.dataset.domain.rules import CropAspect, Rules, Size
from services.dataset.entries import parse_snapshot
from tests.golden.cases import golden

DRAW = Draw(seed=0, sample_id=sample_id("golden", "picture"))
INJECTED = "upscale_threshold_injected"
# Refused there, understood here: numbers as text, weights that are normalised.
ACCEPTED = (
    {"resolution": "1024"},
    {"crop_aspect_buckets": ["1.0"]},
    {"crop_aspect_buckets": [{"aspect": 1.0, "weight": 0.5}]},
)


def as_spec(value: Any) -> Json:
    """A dataset block as a spec has it: decimals as text."""
    if isinstance(value, float):
        return str(value)
    if isinstance(value, list):
        return [as_spec(each) for each in value]
    return {name: as_spec(each) for name, each in value.items()} if isinstance(value, dict) else value


def rules_of_config(config: Mapping[str, Any]) -> Rules:
    trainer = config["trainer"]
    entry = {"id": "golden", "listing": "0" * 64, **as_spec(config["dataset"])}  # type: ignore[dict-item]
    entry |= {name: as_spec(trainer[name]) for name in ("resolution", "resolution_type") if name in trainer}
    if "aspect_bucket_rounding" in trainer:
        entry["aspect_bucket_rounding"] = trainer["aspect_bucket_rounding"]
    spec: dict[str, Json] = {"entries": [entry], "alignment": trainer.get("aspect_bucket_alignment", 64)}
    if config["aspect_map"] and entry.get("resolution_type") != "pixel":  # there it is not looked at
        entry["aspect_resolution_map"] = config["aspect_map"]
        spec["alignment"], entry["aspect_bucket_alignment"] = 1, spec["alignment"]  # its sizes are free
    if config["model_maximum_canvas_area"]:
        spec["maximum_canvas_area"] = config["model_maximum_canvas_area"]
    return parse_snapshot(spec).entries[0].rules


def said(found: Placement | Exclusion, rules: Rules) -> Mapping[str, Any]:
    """What we found in the words of a case."""
    if isinstance(found, Exclusion):
        return {"kept": False, "reason": found.reason}
    return {
        "kept": True,
        "target_size": [found.bucket.width, found.bucket.height],
        "pre_crop_size": [found.resized.width, found.resized.height],
        "crop_coordinates": [found.top, found.left],
        "aspect_bucket": str(round(found.bucket.ratio, rules.rounding)),
    }


def is_ours(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    return all(case[name] == value for name, value in said(found, rules).items())


class Buckets:
    def __init__(self) -> None:
        self.file = golden("simpletuner", "golden_buckets")
        self.rules = cache(lambda name: rules_of_config(self.file.configs[name]))

    def place(self, case: Mapping[str, Any]) -> tuple[Placement | Exclusion, Rules]:
        width, height = case["size"]
        rules = self.rules(case["config"])
        return place(Size(width=width, height=height), rules, DRAW), rules

    def group(self, case: Mapping[str, Any]) -> str:
        return str(self.file.configs[case["config"]]["group"])


@pytest.fixture(scope="module")
def buckets() -> Buckets:
    return Buckets()


def is_config_case(case: Mapping[str, Any]) -> bool:
    return not case.get("quirks") and case["reason"] in {"error", "config_error"}


def test_untagged_cases_are_ours_exactly(buckets: Buckets) -> None:
    num_cases, odd = 0, []
    for case in buckets.file.cases:
        if case.get("quirks") or is_config_case(case) or case.get("available_buckets") == []:
            continue
        num_cases += 1
        found, rules = buckets.place(case)
        if not is_ours(case, found, rules):
            odd.append((case["id"], case, said(found, rules)))
    assert odd == []
    assert num_cases


def test_where_every_shape_would_grow_too_much_the_picture_is_left_out(buckets: Buckets) -> None:
    """SimpleTuner falls back to a square there, which grows as much."""
    cases = [case for case in buckets.file.cases if case.get("available_buckets") == []]
    reasons = {said(*buckets.place(case)).get("reason") for case in cases}
    assert reasons <= {"upscaled_too_much"}


def test_a_wrong_entry_is_refused_once_and_not_by_each_picture(buckets: Buckets) -> None:
    accepted = []
    for name in sorted({case["config"] for case in buckets.file.cases if is_config_case(case)}):
        dataset = buckets.file.configs[name]["dataset"]
        if any(good.items() <= dataset.items() for good in ACCEPTED):
            continue
        try:
            buckets.rules(name)
        except InvalidInputError:
            continue
        accepted.append(dataset)
    assert accepted == []


def covers_without_distortion(found: Placement, size: Size, rules: Rules) -> bool:
    stretch = found.resized.ratio / size.ratio
    pixel = 2 / min(found.resized.width, found.resized.height)
    return found.resized.covers(found.bucket) and abs(stretch - 1) <= max(0.006, pixel)


def test_tagged_pictures_keep_their_shape_and_are_never_padded(buckets: Buckets) -> None:
    odd = []
    for case in buckets.file.cases:
        found, rules = buckets.place(case) if case.get("quirks") else (None, None)
        if isinstance(found, Placement) and rules is not None:
            size = Size(width=case["size"][0], height=case["size"][1])
            in_place = 0 <= found.left <= found.resized.width - found.bucket.width
            in_place &= 0 <= found.top <= found.resized.height - found.bucket.height
            if not (in_place and covers_without_distortion(found, size, rules)):
                odd.append((case, said(found, rules)))
    assert odd == []


Rule = Callable[[Mapping[str, Any], Placement | Exclusion, Rules], bool]
THIN = ("too_thin", "too_small", "aspect_below_minimum", "aspect_above_maximum", "upscaled_too_much")


def square_of_one_edge(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    if isinstance(found, Exclusion):
        return found.reason in THIN
    edge = aligned(int(sqrt(rules.resolution * 1e6)), rules.alignment)
    if rules.maximum_area and edge * edge > rules.maximum_area and rules.aspect is CropAspect.SQUARE:
        edge = aligned(int(sqrt(rules.maximum_area)), rules.alignment)
    return found.bucket == Size(width=edge, height=edge)


def not_grown_too_much(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    if isinstance(found, Exclusion):
        return found.reason in THIN
    most = 1 + (rules.max_upscale or 0)
    return bool(
        found.bucket.width <= most * case["size"][0] and found.bucket.height <= most * case["size"][1]
    )


def kept_by_own_ratio(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    ratio = case["size"][0] / case["size"][1]
    is_low = bool(rules.minimum_aspect) and ratio < rules.minimum_aspect
    is_high = bool(rules.maximum_aspect) and ratio > rules.maximum_aspect
    reason = found.reason if isinstance(found, Exclusion) else ""
    expected = "aspect_below_minimum" if is_low else "aspect_above_maximum" if is_high else ""
    return reason == expected or (reason == "too_thin" and not expected)


def mapped(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    if not rules.in_area:  # whose shorter edge is given: no map can change it
        return same_bucket(case, found, rules)
    return isinstance(found, Placement) and found.bucket == rules.aspect_map["1.0"]


def left_out(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    return isinstance(found, Exclusion) and found.reason in THIN


def small_enough(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    return left_out(case, found, rules) or (
        isinstance(found, Placement) and max(found.resized.width, found.resized.height) <= MAX_EDGE
    )


def not_made_smaller(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    if isinstance(found, Exclusion):
        return found.reason in THIN
    as_if_unset = case["target_size"] == [found.bucket.width, found.bucket.height]
    return (
        as_if_unset
        and min(found.resized.width - found.bucket.width, found.resized.height - found.bucket.height) <= 64
    )


def whole_number_taken(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    return isinstance(found, Placement) or found.reason in THIN


def same_bucket(case: Mapping[str, Any], found: Placement | Exclusion, rules: Rules) -> bool:
    if isinstance(found, Exclusion):
        return found.reason in THIN
    return bool(case["target_size"] == [found.bucket.width, found.bucket.height])


RULES: Mapping[str, Rule] = {
    "Q_ERR_zero_division": left_out,
    "Q_ABSURD_INTERMEDIATE": small_enough,
    "Q_ERR_integer_bucket_rejected": whole_number_taken,
    "Q_ASPECT_FILTER_ON_BUCKET": kept_by_own_ratio,
    "Q_UPSCALE_IGNORED": not_grown_too_much,
    "Q_SQUARE_REMAP": square_of_one_edge,
    "Q_MAP_1_0_IGNORED": mapped,
    "Q_DOWNSAMPLE_BELOW_MAXIMUM": not_made_smaller,
    "Q_RECORDED_INTERMEDIARY_NOT_REAL": same_bucket,
    "Q_PAD_BLACK": same_bucket,
    "Q_ASPECT_DISTORTED": same_bucket,
}


def test_tagged_cases_follow_the_rule_that_we_have_instead(buckets: Buckets) -> None:
    """The first tag of `RULES` that a case has decides which."""
    odd, seen = [], Counter[str]()
    for case in buckets.file.cases:
        tags = case.get("quirks", ())
        decisive = next((tag for tag in RULES if tag in tags), None)
        assert (decisive is None) == (not tags), f"{case['id']} has an unknown tag in {tags}; add its rule"
        if decisive is not None:
            seen[decisive] += 1
            found, rules = buckets.place(case)
            if not RULES[decisive](case, found, rules):
                odd.append((decisive, case, said(found, rules)))
    assert Counter(tag for tag, *_ in odd) == {}, odd[0]
    assert seen
