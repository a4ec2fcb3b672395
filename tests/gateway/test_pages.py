"""Shelves and their pages."""

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.paging import PageTokens
from gateway.pages import PageWish, Shelf

TOKENS = PageTokens(b"k" * 32)


def shelf_of(*names: str) -> Shelf[str]:
    shelf: Shelf[str] = Shelf()
    for number, name in enumerate(names):
        shelf.put(name, name.upper(), time=f"{number:03d}")
    return shelf


def test_the_newest_comes_first() -> None:
    assert [entry for _, entry in shelf_of("c", "a", "b").newest()] == ["B", "A", "C"]


def test_an_entry_is_replaced_where_it_stands() -> None:
    shelf = shelf_of("a", "b")
    shelf.put("a", "new", time="999")
    assert [entry for _, entry in shelf.newest()] == ["B", "new"]
    assert (shelf.get("a"), shelf.get("z")) == ("new", None)


def test_pages_follow_one_another_whatever_comes_between() -> None:
    shelf = shelf_of("a", "b", "c", "d")
    first = shelf.page(PageWish(size=2), TOKENS, "list")
    shelf.put("e", "E", time="900")
    second = shelf.page(PageWish(size=2, token=first.next), TOKENS, "list")
    assert (first.entries, second.entries, second.next) == (["D", "C"], ["B", "A"], "")


def test_what_is_left_out_takes_no_room() -> None:
    page = shelf_of("a", "b", "c").page(PageWish(), TOKENS, keep=lambda entry: entry != "B", most=2)
    assert (page.entries, page.next) == (["C", "A"], "")


def test_a_token_of_another_list_is_refused() -> None:
    token = shelf_of("a", "b").page(PageWish(size=1), TOKENS, "mine").next
    with pytest.raises(InvalidInputError, match="page_token"):
        shelf_of("a", "b").page(PageWish(size=1, token=token), TOKENS, "theirs")
