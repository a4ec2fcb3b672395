import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.port import check_key, check_prefix, check_range
from bakehouse.errors import InvalidInputError

_SEGMENTS = st.from_regex(r"[a-z0-9_-][a-z0-9._-]{0,30}", fullmatch=True)
_KEYS = st.lists(_SEGMENTS, min_size=1, max_size=8).map("/".join)


@given(key=_KEYS)
def test_a_key_is_given_back(key: str) -> None:
    assert check_key(key) == key


@given(key=_KEYS, end=st.integers(min_value=0, max_value=300))
def test_every_beginning_of_a_key_is_a_prefix(key: str, end: int) -> None:
    assert check_prefix(key[:end]) == key[:end]


@given(text=st.text())
def test_no_key_leads_elsewhere(text: str) -> None:
    try:
        segments = check_key(text).split("/")
    except InvalidInputError:
        return
    assert not {"", ".", ".."} & set(segments)
    assert not set(text) & set("\\\0:~")


def test_a_key_has_at_most_512_bytes() -> None:
    assert check_key("/".join(["x"] * 256) + "y")
    with pytest.raises(InvalidInputError, match="no store key"):
        check_key("/".join(["x"] * 257))


@given(start=st.integers(0, 20), length=st.none() | st.integers(0, 20), size_bytes=st.integers(0, 20))
def test_a_range_is_inside_or_refused(start: int, length: int | None, size_bytes: int) -> None:
    end = size_bytes if length is None else start + length
    if start <= end <= size_bytes:
        assert check_range("k", start=start, length=length, size_bytes=size_bytes) == end
    else:
        with pytest.raises(InvalidInputError, match=f"inside its {size_bytes} bytes"):
            check_range("k", start=start, length=length, size_bytes=size_bytes)
