import hashlib

import pytest

from bakehouse.digest import digest_bytes, digest_chunks, parse_digest
from bakehouse.errors import InvalidInputError


def test_chunks_and_bytes_agree() -> None:
    assert digest_chunks([b"ab", b"", b"c"]) == digest_bytes(b"abc") == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("text", ["", "ab", "A" * 64, "g" * 64, "a" * 65, "a" * 64 + "\n"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="64 lower-case hex digits"):
        parse_digest(text)


def test_a_digest_is_taken_as_it_is() -> None:
    assert parse_digest("0" * 64) == "0" * 64
