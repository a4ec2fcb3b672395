"""What is known of an upload, and how its bytes are cut into parts. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.registry.records import Resource
from bakehouse.rpc.names import UPLOADS, ResourceName

UPLOAD_KIND = "upload"
MAX_PARTS = 10_000

_MIB = 1 << 20
_MIN_PART_BYTES = 8 * _MIB
_MAX_TEXT = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class UploadState(StrEnum):
    """Where an upload is. One that was given up is not there, as far as clients are told."""

    OPEN = "open"
    COMPLETE = "complete"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadWish:
    """Bytes that someone wants to send. `content_type` and `filename` are noted, and nothing is made of them.

    Raises:
        InvalidInputError: the size is negative, or a text too long.
    """

    size_bytes: int
    digest: Digest
    content_type: str = ""
    filename: str = ""

    def __post_init__(self) -> None:
        if self.size_bytes < 0:
            raise InvalidInputError(
                f"upload.size_bytes: {self.size_bytes} is negative; give the number of bytes",
                field="upload.size_bytes",
            )
        for name, text in (("content_type", self.content_type), ("filename", self.filename)):
            if len(text) > _MAX_TEXT or _CONTROL.search(text):
                raise InvalidInputError(
                    f"upload.{name}: has control characters, or over {_MAX_TEXT} in all; use fewer",
                    field=f"upload.{name}",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBody:
    """What the registry keeps of an upload. `expire_time` is ISO 8601, UTC."""

    size_bytes: int
    digest: Digest
    content_type: str
    filename: str
    part_size_bytes: int
    expire_time: str
    state: UploadState = UploadState.OPEN

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return datetime.fromisoformat(self.expire_time) <= now

    @property
    def num_parts(self) -> int:
        """How many parts there are; none of nothing."""
        return -(-self.size_bytes // self.part_size_bytes)

    def part_bytes(self, part: int) -> int:
        """How long a part is.

        Raises:
            InvalidInputError: there is no such part.
        """
        if not 0 <= part < self.num_parts:
            has = f"has parts 0 to {self.num_parts - 1}" if self.num_parts else "is empty and has no parts"
            raise InvalidInputError(f"part: {part} is no part; the upload {has}", field="part")
        return min(self.part_size_bytes, self.size_bytes - part * self.part_size_bytes)


@dataclass(frozen=True, slots=True)
class PartRange:
    """Parts that follow one another, both ends included."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One revision of an upload, and the parts that have arrived."""

    resource: Resource
    body: UploadBody
    received: tuple[PartRange, ...] = ()

    @property
    def name(self) -> ResourceName:
        """Its name in the API."""
        return ResourceName(project=self.resource.project, collection=UPLOADS, id=self.resource.id)


_BODY = TypeAdapter(UploadBody)


def part_size_for(size_bytes: int) -> int:
    """How large the parts of so many bytes are: whole MiB, 8 at least, and at most 10,000 parts."""
    return max(_MIN_PART_BYTES, -(-size_bytes // (MAX_PARTS * _MIB)) * _MIB)


def encode_body(body: UploadBody) -> dict[str, Json]:
    """What the registry stores."""
    fields: dict[str, Json] = _BODY.dump_python(body, mode="json")
    return fields


def decode_upload(resource: Resource) -> Upload:
    """An upload from its record."""
    return Upload(resource=resource, body=_BODY.validate_python(dict(resource.body)))


def ranges_of(parts: Iterable[int]) -> tuple[PartRange, ...]:
    """Part numbers, in order, as ranges."""
    ranges: list[PartRange] = []
    for part in parts:
        if ranges and ranges[-1].last + 1 == part:
            ranges[-1] = PartRange(ranges[-1].first, part)
        else:
            ranges.append(PartRange(part, part))
    return tuple(ranges)


def numbers_of(ranges: Iterable[PartRange]) -> Iterator[int]:
    """The part numbers of ranges."""
    for span in ranges:
        yield from range(span.first, span.last + 1)


def missing_of(body: UploadBody, received: Iterable[PartRange]) -> tuple[PartRange, ...]:
    """The parts that are still to come."""
    there = set(numbers_of(received))
    return ranges_of(part for part in range(body.num_parts) if part not in there)
