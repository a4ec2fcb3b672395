"""Page tokens are taken back by the list that gave them, unchanged, and by no other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.paging import PageTokens, page_size

TOKENS = PageTokens(b"key")


@pytest.mark.parametrize(("requested", "given_size"), [(0, 50), (1, 1), (1000, 1000), (2**31 - 1, 1000)])
def test_page_size(requested: int, given_size: int) -> None:
    assert page_size(requested) == given_size


def test_a_negative_page_size_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="-1"):
        page_size(-1)


@settings(deadline=None)
@given(position=st.text(st.characters(exclude_categories=["Cs"])), parent=st.text())
def test_a_token_gives_its_position_back(position: str, parent: str) -> None:
    assert TOKENS.unseal(TOKENS.seal(position, "ListJobs", parent), "ListJobs", parent) == position


def test_no_token_asks_for_the_first_page() -> None:
    assert TOKENS.unseal("", "ListJobs", "projects/p") == ""


@pytest.mark.parametrize(
    "binding",
    [("ListJobs", "projects/q"), ("ListProjects", "projects/p"), ("ListJobs",), ("ListJobsprojects/p",), ()],
)
def test_a_token_of_another_list_is_refused(binding: tuple[str, ...]) -> None:
    token = TOKENS.seal("j-7", "ListJobs", "projects/p")
    with pytest.raises(InvalidInputError, match="page_token"):
        TOKENS.unseal(token, *binding)


def test_a_token_of_another_key_is_refused() -> None:
    token = PageTokens(b"other").seal("j-7", "ListJobs")
    with pytest.raises(InvalidInputError):
        TOKENS.unseal(token, "ListJobs")


@settings(deadline=None)
@given(st.data())
def test_a_token_with_a_changed_character_is_refused(data: st.DataObject) -> None:
    token = TOKENS.seal("job-seven", "ListJobs")
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.sampled_from("AQgw09-_=.").filter(lambda c: c != token[place]))
    with pytest.raises(InvalidInputError):
        TOKENS.unseal(token[:place] + character + token[place + 1 :], "ListJobs")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_whatever_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        TOKENS.unseal(text, "ListJobs")
