"""SHA-256 digests as a type of their own: 64 lower-case hex digits, nothing else. No I/O but hashing."""

import hashlib
import re
from collections.abc import Iterable
from typing import NewType

from bakehouse.errors import InvalidInputError

Digest = NewType("Digest", str)

_HEX = re.compile(r"[0-9a-f]{64}")


def digest_bytes(data: bytes | memoryview) -> Digest:
    """The SHA-256 of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


def digest_chunks(chunks: Iterable[bytes]) -> Digest:
    """The SHA-256 of the concatenated chunks, held one at a time."""
    running = hashlib.sha256()
    for chunk in chunks:
        running.update(chunk)
    return Digest(running.hexdigest())


def parse_digest(text: str, *, field: str = "digest") -> Digest:
    """`text` as a digest.

    Raises:
        InvalidInputError: it is not 64 lower-case hex digits.
    """
    if not _HEX.fullmatch(text):
        raise InvalidInputError(
            f"{field}: {text[:80]!r} is no SHA-256; give its 64 lower-case hex digits", field=field
        )
    return Digest(text)
