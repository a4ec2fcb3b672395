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
    checker.feed(write_page(story(), [figure(8, 80), figure(3, 5, is_at_most=True)]))
    return checker


def test_what_is_opened_is_closed() -> None:
    assert checked().open == []


def test_it_needs_nothing_from_elsewhere() -> None:
    page = write_page(story(), [])
    assert all(source.startswith("data:") for source in checked().sources)
    assert re.findall(r"url\(|<script|@import", page) == []


def test_it_tells_what_was_used_and_what_was_not() -> None:
    text = checked().text
    for word in ("zobkin, <b>red</b>", "too small", "not an image", "40x40 px", "300x200 → 64x64", "seed 1"):
        assert word in text
    for word in (
        "80 %",
        "≥ 80 %",
        "30 %",
        "≤ 5 %",
        "before",
        "epoch 4",
        "78.0 s",
        "1 there already",
        "48x80",
    ):
        assert word in text


def test_the_frame_is_where_the_cut_is() -> None:
    assert "left:10.00%;top:0.00%;width:80.00%;height:100.00%" in write_page(story(), [])
