"""The id of a sample: a place in a source, never bytes. Whether a place moved is for `listing` to say."""

import hashlib
import struct
from typing import NewType

from bakehouse.errors import InvalidInputError

SampleId = NewType("SampleId", bytes)

SAMPLE_ID_BYTES = 16
SAMPLE_ID_REVISION = 1

_TAG = b"bakehouse sample id %d\0" % SAMPLE_ID_REVISION
_LENGTH = struct.Struct(">Q")
_NUMBERS = struct.Struct(">QQ")


def sample_id(entry: str, name: str, part: int = 0, *, again: int = 0) -> SampleId:
    """The id of part `part` of what `entry` calls `name`, at first sight.

    Args:
        entry: the dataset entry's id.
        name: the name within the entry's source, as the source spells it: no case or Unicode is folded.
        part: tells frames, pages and sub-crops of one name apart; 0 where there is one.
        again: counts up where the id before it belongs to a sample that was renamed away from this name.

    Raises:
        InvalidInputError: the name is empty, not encodable as UTF-8, or a number is negative.
    """
    if not name or part < 0 or again < 0:
        raise InvalidInputError(
            f"sample {name!r}, part {part}: give a name and numbers from 0 on", field="name"
        )
    try:
        texts = entry.encode(), name.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"sample {name!r}: the name is no valid Unicode; rename the file", field="name"
        ) from error
    running = hashlib.sha256(_TAG)
    for text in texts:
        running.update(_LENGTH.pack(len(text)) + text)
    running.update(_NUMBERS.pack(part, again))
    return SampleId(running.digest()[:SAMPLE_ID_BYTES])


def parse_sample_id(text: str, *, field: str = "sample_id") -> SampleId:
    """The sample id whose `.hex()` is `text`.

    Raises:
        InvalidInputError: it is not 32 lower-case hex digits.
    """
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != SAMPLE_ID_BYTES or found.hex() != text:
        raise InvalidInputError(
            f"{field}: {text[:80]!r} is no sample id; give its 32 lower-case hex digits", field=field
        )
    return SampleId(found)
