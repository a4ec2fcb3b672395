"""The page: whole, and in need of nothing."""

import re
from html.parser import HTMLParser

from typing_extensions import override

from demo.report.page import write_page
from tests.demo.report.stories import figure, story

VOID = {"meta", "img", "br", "line", "rect", "polyline"}


class Checker(HTMLParser):
    """Sees that what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def checked() -> Checker:
    checker = Checker()
    checker.feed(write_page(story(), [figure(8, 80), figure(3, 5, is_at_most=True, num_by_rule=4)]))
    return checker


def test_what_is_opened_is_closed() -> None:
    assert checked().open == []


def test_it_needs_nothing_from_elsewhere() -> None:
    page = write_page(story(), [])
    assert all(source.startswith("data:") for source in checked().sources)
    assert re.findall(r"url\(|<script|@import", page) == []


def test_it_begins_with_what_it_is_about() -> None:
    text = checked().text
    for word in ("A demo", "It learns a word.", "3pictures used", "2set aside", "20steps", "80 s", "2 KiB"):
        assert word in text


def test_samples_stand_under_the_epoch_after_which_they_were_drawn() -> None:
    text = checked().text
    for word in ("before", "epoch 2", "step 10", "epoch 4", "step 20", "a cat", "seed 1"):
        assert word in text


def test_the_second_judge_is_told_of() -> None:
    text = checked().text
    assert "differ by at most 10.0 points ✗ (asked ≤ 5)" in text


def test_every_entry_has_its_pictures() -> None:
    text = checked().text
    assert "concept: 2 pictures" in text
    assert "prior: 1 pictures" in text
    assert text.count("so that nothing else is forgotten") == 1
