"""Cards of pictures."""

from dataclasses import replace

from bakehouse.client.report.cards import set_aside_cards, used_cards
from tests.bakehouse.client.report.tales import tale, used


def test_a_card_says_what_is_trained_on() -> None:
    card = used_cards([used()])
    for word in ("zobkin, &lt;b&gt;red&lt;/b&gt;", "300x200 → 64x64", "a.png, PNG", "red 0.90"):
        assert word in card
    assert "same file" not in card


def test_the_frame_is_where_the_cut_is() -> None:
    assert "left:10.00%;top:0.00%;width:80.00%;height:100.00%" in used_cards([used()])


def test_a_picture_without_a_caption_says_so() -> None:
    assert "(no caption)" in used_cards([replace(used(), caption="")])


def test_a_copy_is_told_of() -> None:
    assert "the same file as concept/a.png: computed once" in used_cards(tale().used)


def test_what_is_set_aside_has_its_reason() -> None:
    cards = set_aside_cards(tale().set_aside)
    for word in ("too small", "not an image", "40x40 px", "concept/t.png"):
        assert word in cards
    assert (cards.count("<img"), cards.count('class="none"')) == (1, 1)
