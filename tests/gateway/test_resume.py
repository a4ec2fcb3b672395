"""Resume tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.paging import PageTokens
from gateway.resume import Place, ResumeTokens

TOKENS = ResumeTokens(b"k" * 32)
PLACE = Place(stream="2026-01-01T00:00:00.123456789Z", sequence=1_800_000_000_000_123, name="projects/p")


def test_a_token_gives_its_place_back() -> None:
    assert TOKENS.place(TOKENS.token(PLACE)) == PLACE


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_token_is_refused(position: int, flip: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(TOKENS.token(PLACE)))
    data[position % len(data)] ^= flip
    with pytest.raises(InvalidInputError) as caught:
        TOKENS.place(base64.urlsafe_b64encode(bytes(data)).decode())
    assert caught.value.field == "resume_token"


@pytest.mark.parametrize("token", ["x", "ä", "AAAA", "\x00", "A" * 100_000, "=" * 8])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputError):
        TOKENS.place(token)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        TOKENS.place(ResumeTokens(b"l" * 32).token(PLACE))


def test_a_page_token_is_no_resume_token() -> None:
    page = PageTokens(b"k" * 32).seal(base64.urlsafe_b64decode(TOKENS.token(PLACE))[16:].decode(), "jobs")
    with pytest.raises(InvalidInputError):
        TOKENS.place(page)
