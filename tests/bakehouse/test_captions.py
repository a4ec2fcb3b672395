from collections import Counter

import pytest

from bakehouse.captions import CaptionRule, draw_variant, texts_to_cache
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.turns import Turn


def turn(batch: int) -> Turn:
    return Turn(seed=1, epoch=0, batch=batch, sample=b"sample")


def test_each_text_is_cached_once() -> None:
    assert list(texts_to_cache(["a", "b", "a"], CaptionRule())) == ["a", "b"]


def test_dropout_needs_the_empty_text() -> None:
    assert list(texts_to_cache(["a", ""], CaptionRule(dropout_rate=0.1))) == ["", "a"]


def test_variants_are_drawn_alike_often() -> None:
    drawn = Counter(draw_variant(CaptionRule(), 2, turn(batch)) for batch in range(1000))
    assert set(drawn) == {0, 1}
    assert 400 < drawn[0] < 600


def test_captions_are_dropped_as_often_as_asked() -> None:
    drawn = [draw_variant(CaptionRule(dropout_rate=0.25), 1, turn(batch)) for batch in range(2000)]
    assert 400 < drawn.count(None) < 600


def test_a_turn_always_gets_the_same() -> None:
    rule = CaptionRule(dropout_rate=0.5)
    assert [draw_variant(rule, 3, turn(n)) for n in range(9)] == [
        draw_variant(rule, 3, turn(n)) for n in range(9)
    ]


def test_a_sample_without_captions_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no caption; give it one"):
        draw_variant(CaptionRule(), 0, turn(0))


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="give 0 to 1"):
        CaptionRule(dropout_rate=2)
