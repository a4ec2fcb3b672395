"""Ids that people and programs choose: projects, jobs, uploads. One alphabet for NATS, S3 and files."""

import hashlib
import re
import secrets

from bakehouse.errors import InvalidInputError

MAX_ID_LENGTH = 63

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u to misread


def parse_id(text: str, *, field: str) -> str:
    """`text` as an id: 1 to 63 of a-z, 0-9 and '-', no '-' at either end.

    Raises:
        InvalidInputError: it is something else.
    """
    if not _ID.fullmatch(text):
        raise InvalidInputError(
            f"{field}: {text[:80]!r} is no id; use 1 to 63 of a-z, 0-9 and '-', not '-' at either end",
            field=field,
        )
    return text


def random_id(prefix: str) -> str:
    """A fresh id: `prefix`, a dash and 80 random bits."""
    return f"{prefix}-{_encode(secrets.randbits(80))}"


def derived_id(prefix: str, *parts: str) -> str:
    """The id that these parts always give: how the same request twice names one resource (AIP-155)."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{prefix}-{_encode(int.from_bytes(digest[:10], 'big'))}"


def _encode(number: int) -> str:
    digits = []
    for _ in range(16):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
