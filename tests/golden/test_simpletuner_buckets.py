"""Buckets and cuts against what SimpleTuner's code gave.

Its results must be ours exactly, save where they distort, pad, crash or ignore an option (a tag says so):
there the rule is tested that we have instead. And what it makes more than four times as long as the bucket
is left out here; what it would have been must still be the same.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Plan, plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.exclusions import REASONS
from services.dataset.domain.geometry import aligned_edge
from services.dataset.domain.rules import MAX_STRETCH, CropAspect, CropStyle, Rules, Size
from services.dataset.domain.sizes import sizes_of
from services.dataset.entries import parse_snapshot
from tests.golden.cases import golden

Case = Mapping[str, Any]
SHAPES = "crop_aspect_buckets"
NEARLY = 0.005  # a picture so near a square may become one


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What a plan says of a case, left out or not."""

    rules: Rules
    reason: str
    original: Size
    bucket: Size
    resized: Size
    left: int
    top: int

    @property
    def is_kept(self) -> bool:
        return not self.reason

    @property
    def is_too_long(self) -> bool:
        longest = max(self.resized.width, self.resized.height)
        return longest > MAX_STRETCH * max(self.bucket.width, self.bucket.height)

    @property
    def sizes(self) -> Mapping[str, Any]:
        """In the words of a case."""
        return {
            "target_size": [self.bucket.width, self.bucket.height],
            "pre_crop_size": [self.resized.width, self.resized.height],
            "crop_coordinates": [self.top, self.left],
            "aspect_bucket": str(round(self.bucket.ratio, self.rules.rounding)),
        }


def as_spec(value: Any) -> Json:
    """A dataset block as a spec has it: decimals as text."""
    if isinstance(value, float):
        return str(value)
    if isinstance(value, list):
        return [as_spec(each) for each in value]
    return {name: as_spec(each) for name, each in value.items()} if isinstance(value, dict) else value


def rules_of_config(config: Mapping[str, Any], **changed: Any) -> Rules:
    trainer = config["trainer"]
    entry = {"id": "golden", "listing": "0" * 64, **as_spec(config["dataset"] | changed)}  # type: ignore[dict-item]
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


def planned(cases: list[Case], rules: Rules) -> list[Ours]:
    sizes = [Size(width=case["size"][0], height=case["size"][1]) for case in cases]
    ids = [sample_id("golden", case["id"]) for case in cases]
    plan = plan_sizes(sizes_of(sizes), rules, Draws(seed=0, sample_ids=ids))
    return [at(plan, row) for row in range(len(cases))]


def at(plan: Plan, row: int) -> Ours:
    return Ours(
        rules=plan.rules,
        reason=REASONS[plan.codes[row]],
        original=plan.originals.at(row),
        bucket=plan.bucket.at(row),
        resized=plan.resized.at(row),
        left=int(plan.left[row]),
        top=int(plan.top[row]),
    )


def is_config_case(case: Case) -> bool:
    return not case.get("quirks") and case["reason"] in {"error", "config_error"}


class Buckets:
    def __init__(self) -> None:
        self.file = golden("simpletuner", "golden_buckets")

    def by_config(self, cases: Iterator[Case]) -> Iterator[tuple[str, list[Case]]]:
        found: dict[str, list[Case]] = defaultdict(list)
        for case in cases:
            found[case["config"]].append(case)
        return iter(found.items())

    @cached_property
    def planned(self) -> list[tuple[Case, Ours]]:
        """Every case whose entry is right."""
        pairs: list[tuple[Case, Ours]] = []
        for name, cases in self.by_config(case for case in self.file.cases if not is_config_case(case)):
            pairs += zip(cases, planned(cases, rules_of_config(self.file.configs[name])), strict=True)
        return pairs


@pytest.fixture(scope="module")
def buckets() -> Buckets:
    return Buckets()


def test_untagged_sizes_and_cuts_are_ours_exactly(buckets: Buckets) -> None:
    num_cases, odd = 0, []
    for case, ours in buckets.planned:
        # Where no shape fits SimpleTuner falls back to a square, which fits no better.
        if case.get("quirks") or "target_size" not in case or case.get("available_buckets") == []:
            continue
        num_cases += 1
        if any(case[name] != value for name, value in ours.sizes.items()):
            odd.append((case, ours))
    assert odd == []
    assert num_cases


def test_untagged_cases_are_kept_or_left_out_as_there(buckets: Buckets) -> None:
    num_cases, odd = 0, []
    for case, ours in buckets.planned:
        if case.get("quirks") or (ours.reason == "too_thin" and ours.is_too_long and case["kept"]):
            continue
        num_cases += 1
        expected = "upscaled_too_much" if case.get("available_buckets") == [] else case["reason"] or ""
        if ours.reason != expected:
            odd.append((case, ours))
    assert odd == []
    assert num_cases


# Refused there, understood here: numbers as text, weights that don't sum to 1. And how they were meant.
ACCEPTED: tuple[tuple[str, Any, Any], ...] = (
    ("resolution", "1024", 1024),
    (SHAPES, ["1.0"], [1.0]),
    (SHAPES, [{"aspect": 1.0, "weight": 0.5}], [{"aspect": 1.0, "weight": 0.5}]),
)


def test_a_wrong_entry_is_refused_once_by_dataset_key_and_value(buckets: Buckets) -> None:
    odd = []
    for name, cases in buckets.by_config(case for case in buckets.file.cases if is_config_case(case)):
        config = buckets.file.configs[name]
        dataset = config["dataset"]
        meant = {key: good for key, bad, good in ACCEPTED if dataset.get(key) == bad}
        if meant:
            rules = rules_of_config(config)
            assert rules == rules_of_config(config, **meant)
            assert all(ours.is_kept for ours in planned(cases, rules))
        elif not is_named(refusal(config), dataset):
            odd.append((dataset, refusal(config)))
    assert odd == []


def refusal(config: Mapping[str, Any]) -> str:
    try:
        rules_of_config(config)
    except InvalidInputError as error:
        return error.message
    return ""


def is_named(message: str, dataset: Mapping[str, Any]) -> bool:
    """Whether a message names the dataset and one of its keys with what it says."""
    given = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in dataset.items()}
    named = any(key in message and value in message for key, value in given.items())
    return message.startswith("dataset golden") and named


def pixels_off(ours: Ours) -> float:
    """By how much the resized picture is out of shape, in pixels of the edge that shows it less."""
    own, resized = ours.original.ratio, ours.resized
    return min(abs(resized.width - resized.height * own), abs(resized.height - resized.width / own))


def keeps_its_shape(ours: Ours) -> bool:
    is_square = ours.resized.width == ours.resized.height and abs(ours.original.ratio - 1) <= NEARLY
    most = 1 + MAX_STRETCH * bool(ours.rules.downsample)  # theirs are resized twice, by whole pixels
    return is_square or pixels_off(ours) <= most + 1e-6


def test_tagged_pictures_keep_their_shape_and_are_cut_inside(buckets: Buckets) -> None:
    odd = []
    for case, ours in buckets.planned:
        if not case.get("quirks") or not ours.is_kept:
            continue
        spare = ours.resized.width - ours.bucket.width, ours.resized.height - ours.bucket.height
        is_corner = ours.rules.crop_style is CropStyle.CORNER
        place = (0, 0) if is_corner else (spare[0] // 2, spare[1] // 2)
        is_right = min(spare) >= 0 and (ours.left, ours.top) == place and keeps_its_shape(ours)
        if not is_right or ours.is_too_long:
            odd.append((case, ours))
    assert odd == []


def alone(case: Case, rules: Rules) -> Ours:
    (found,) = planned([case], rules)
    return found


def resized_to_cover(case: Case, ours: Ours) -> bool:
    touches = ours.resized.width == ours.bucket.width or ours.resized.height == ours.bucket.height
    return ours.resized.covers(ours.bucket) and touches


def shape_kept(case: Case, ours: Ours) -> bool:
    return pixels_off(ours) <= 1 + 1e-6 and ours.resized.covers(ours.bucket)


def square_of_one_edge(case: Case, ours: Ours) -> bool:
    rules = ours.rules
    edge = aligned_edge(int(sqrt(rules.resolution * 1e6)), rules.alignment)
    if rules.maximum_area and edge * edge > rules.maximum_area and rules.aspect is CropAspect.SQUARE:
        edge = aligned_edge(int(sqrt(rules.maximum_area)), rules.alignment)
    return ours.bucket == Size(width=edge, height=edge)


def what_is_really_done(case: Case, ours: Ours) -> bool:
    """`pre_crop_size` and the cut, save where it should not have been made smaller."""
    is_below = "Q_DOWNSAMPLE_BELOW_MAXIMUM" in case["quirks"]
    return is_below or all(case[name] == value for name, value in ours.sizes.items())


def as_if_there_were_no_maximum(case: Case, ours: Ours) -> bool:
    unset = alone(case, replace(ours.rules, maximum=None, downsample=None))
    is_same = case["target_size"] == ours.sizes["target_size"]
    return is_same and (unset.sizes, unset.reason) == (ours.sizes, ours.reason)


def not_grown_too_much(case: Case, ours: Ours) -> bool:
    most = 1 + (ours.rules.max_upscale or 0)

    def is_within(bucket: Size) -> bool:
        return bucket.width <= most * ours.original.width and bucket.height <= most * ours.original.height

    if ours.reason != "upscaled_too_much":
        return is_within(ours.bucket)
    every = (replace(ours.rules, choices=(one,), max_upscale=None) for one in ours.rules.choices)
    return not any(is_within(alone(case, rules).bucket) for rules in every)


def by_own_ratio(case: Case, ours: Ours) -> bool:
    ratio, rules = ours.original.ratio, ours.rules
    is_low = bool(rules.minimum_aspect) and ratio < rules.minimum_aspect
    is_high = bool(rules.maximum_aspect) and ratio > rules.maximum_aspect
    expected = "aspect_below_minimum" if is_low else "aspect_above_maximum" if is_high else ""
    is_same = all(case[name] == value for name, value in ours.sizes.items())
    return is_same and (ours.reason == expected or (not expected and ours.is_too_long))


def mapped(case: Case, ours: Ours) -> bool:
    if not ours.rules.in_area:  # whose shorter edge is given: no map can change it
        return bool(case["target_size"] == ours.sizes["target_size"])
    return ours.bucket == ours.rules.aspect_map[1.0]


def left_out(case: Case, ours: Ours) -> bool:
    return not ours.is_kept


def whole_numbers_are_numbers(case: Case, ours: Ours) -> bool:
    choices = tuple(replace(choice, aspect=float(choice.aspect)) for choice in ours.rules.choices)
    nearest = min(
        choices, key=lambda choice: abs(choice.aspect - round(ours.original.ratio, ours.rules.rounding))
    )
    alike = alone(case, replace(ours.rules, choices=(nearest,)))
    return (alike.sizes, alike.reason) == (ours.sizes, ours.reason) and ours.reason in {"", "too_thin"}


RULES: Mapping[str, Callable[[Case, Ours], bool]] = {
    "Q_ERR_zero_division": left_out,
    "Q_ABSURD_INTERMEDIATE": left_out,
    "Q_ERR_integer_bucket_rejected": whole_numbers_are_numbers,
    "Q_ASPECT_FILTER_ON_BUCKET": by_own_ratio,
    "Q_UPSCALE_IGNORED": not_grown_too_much,
    "Q_SQUARE_REMAP": square_of_one_edge,
    "Q_MAP_1_0_IGNORED": mapped,
    "Q_DOWNSAMPLE_BELOW_MAXIMUM": as_if_there_were_no_maximum,
    "Q_RECORDED_INTERMEDIARY_NOT_REAL": what_is_really_done,
    "Q_PAD_BLACK": resized_to_cover,
    "Q_ASPECT_DISTORTED": shape_kept,
}


@pytest.mark.parametrize("tag", RULES)
def test_tagged_cases_follow_the_rule_that_we_have_instead(buckets: Buckets, tag: str) -> None:
    cases = [(case, ours) for case, ours in buckets.planned if tag in case.get("quirks", ())]
    if not cases:
        pytest.skip("no case has this tag")
    assert [(case, ours) for case, ours in cases if not RULES[tag](case, ours)] == []


def test_there_is_a_rule_for_every_tag(buckets: Buckets) -> None:
    assert (
        Counter(tag for case in buckets.file.cases for tag in case.get("quirks", ()) if tag not in RULES)
        == {}
    )


def test_a_target_that_no_tag_is_about_is_theirs(buckets: Buckets) -> None:
    moved = {"Q_SQUARE_REMAP", "Q_MAP_1_0_IGNORED"}
    odd = [
        (case, ours)
        for case, ours in buckets.planned
        if "target_size" in case
        and not moved & set(case.get("quirks", ()))
        and ours.reason != "upscaled_too_much"
        if case["target_size"] != ours.sizes["target_size"]
    ]
    assert odd == []
