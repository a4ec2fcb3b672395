"""Captions from scores: which tags, in which order, beside which words."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from services.captioner.domain.caption import CAPTIONS_REVISION, CaptionWriter, Scores, listed_tags
from services.captioner.domain.captioning import Captioning
from services.captioner.domain.tag_list import Category, Tag

TAGS = (
    Tag(name="general", category=Category.RATING),
    Tag(name="1girl", category=Category.GENERAL),
    Tag(name="long_hair", category=Category.GENERAL),
    Tag(name="^_^", category=Category.GENERAL),
    Tag(name="solo", category=Category.GENERAL),
    Tag(name="hatsune_miku", category=Category.CHARACTER),
)
GOLDENS = {1: "f2a8c33faf3a3ff7f45d2f67a8f5900edbebde96f0cc8e12ed08e2ee6e9f7240"}


def scores(*values: float) -> Scores:
    return np.array(values, np.float16)


SOME = scores(0.99, 0.9, 0.5, 0.4, 0.3, 0.95)


def write(values: Scores = SOME, **rules: Any) -> str:
    return CaptionWriter(TAGS, Captioning(**rules)).write(values)


def extend(text: str, **rules: Any) -> str:
    return CaptionWriter(TAGS, Captioning(**rules)).extend(text, SOME)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({}, "hatsune miku, 1girl, long hair, ^_^"),
        ({"general_threshold": 0.45}, "hatsune miku, 1girl, long hair"),
        ({"character_threshold": 0.96}, "1girl, long hair, ^_^"),
        ({"general_threshold": 2.0}, "hatsune miku"),
        ({"remove_underscore": False}, "hatsune_miku, 1girl, long_hair, ^_^"),
        ({"undesired_tags": ("Long Hair", "^_^")}, "hatsune miku, 1girl"),
        ({"caption_separator": " | "}, "hatsune miku | 1girl | long hair | ^_^"),
        ({"trigger_word": "zwx"}, "zwx, hatsune miku, 1girl, long hair, ^_^"),
        ({"trigger_word": "1girl"}, "1girl, hatsune miku, long hair, ^_^"),
        ({"always_first_tags": ("^_^", "long_hair")}, "^_^, long hair, hatsune miku, 1girl"),
        ({"always_first_tags": ("solo", "1girl")}, "1girl, hatsune miku, long hair, ^_^"),
        (
            {"trigger_word": "zwx", "always_first_tags": ("1girl",)},
            "zwx, 1girl, hatsune miku, long hair, ^_^",
        ),
        ({"general_threshold": 2.0, "character_threshold": 2.0}, ""),
    ],
)
def test_rules_of_a_caption(rules: dict[str, Any], text: str) -> None:
    assert write(**rules) == text


def test_a_score_at_the_threshold_is_in_and_ratings_never_are() -> None:
    assert write(scores(1, 0.35, 0.349, 0, 0, 0.85)) == "hatsune miku, 1girl"
    assert write(scores(1, 0, 0, 0, 0, 0), general_threshold=0.5) == ""


def test_equal_scores_come_in_the_order_of_the_list() -> None:
    assert write(scores(0, 0.5, 0.5, 0.5, 0.5, 0)) == "1girl, long hair, ^_^, solo"


@pytest.mark.parametrize(
    ("text", "extended"),
    [
        ("a photo of a girl", "zwx, a photo of a girl, hatsune miku, 1girl, long hair, ^_^"),
        ("1girl, Long_Hair", "zwx, 1girl, Long_Hair, hatsune miku, ^_^"),
        ("a, b, ", "zwx, a, b, hatsune miku, 1girl, long hair, ^_^"),
        ("zwx, a", "zwx, a, hatsune miku, 1girl, long hair, ^_^"),
        ("a girl as ZWX", "a girl as ZWX, hatsune miku, 1girl, long hair, ^_^"),
        ("zwxy", "zwx, zwxy, hatsune miku, 1girl, long hair, ^_^"),
        ("", "zwx, hatsune miku, 1girl, long hair, ^_^"),
    ],
)
def test_tags_follow_what_is_there(text: str, extended: str) -> None:
    assert extend(text, trigger_word="zwx") == extended


def test_a_separator_of_spaces_parts_words() -> None:
    assert extend("1girl solo", caption_separator=" ") == "1girl solo hatsune miku long hair ^_^"


@given(st.lists(st.floats(0, 1, width=16), min_size=len(TAGS), max_size=len(TAGS)))
def test_extending_nothing_is_writing_and_doing_it_twice_adds_nothing(values: list[float]) -> None:
    writer = CaptionWriter(TAGS, Captioning(trigger_word="zwx"))
    once = writer.extend("", scores(*values))
    assert once == writer.write(scores(*values))
    assert writer.extend(once, scores(*values)) == once


def test_listed_tags_are_all_above_the_floor_under_their_own_names() -> None:
    listed = listed_tags(TAGS, scores(0.1, 0.04, 0.9, 0.05, 0, 0.2))
    assert [tag.name for tag in listed] == ["long_hair", "hatsune_miku", "general", "^_^"]
    assert [tag.score for tag in listed] == pytest.approx([0.9, 0.2, 0.1, 0.05], abs=1e-3)


def test_the_revision_tells_of_every_change() -> None:
    rules: dict[str, Any] = {
        "trigger_word": "zwx",
        "always_first_tags": ("^_^",),
        "undesired_tags": ("solo",),
    }
    lines = [write(**rules), extend("a cat, 1girl", **rules), write(remove_underscore=False)]
    assert golden_problem(CAPTIONS_REVISION, "\n".join(lines).encode(), GOLDENS) is None
