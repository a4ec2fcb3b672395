"""What fetching an item gave, and the key that it is remembered by."""

import json
from dataclasses import dataclass

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError

INGEST_KIND = "ingest"
INGEST_REVISION = 1

# Everything about fetching that the bytes depend on: change it, and every item is fetched anew.
INGEST_DIGEST = canonical_digest({"revision": INGEST_REVISION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """An item whose bytes are a blob."""

    digest: Digest
    size_bytes: int
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An item that can't be had: a word to count by, and a sentence for people."""

    reason: str
    detail: str


Outcome = Had | Lost


def encode_outcome(outcome: Outcome) -> bytes:
    """An outcome as a shard has it."""
    if isinstance(outcome, Lost):
        return canonical_bytes({"failed": outcome.reason, "detail": outcome.detail})
    fields: dict[str, Json] = {"digest": outcome.digest, "size_bytes": outcome.size_bytes}
    return canonical_bytes({**fields, "etag": outcome.etag} if outcome.etag else fields)


def decode_outcome(data: bytes) -> Outcome:
    """What `encode_outcome` wrote.

    Raises:
        CorruptionError: it is something else.
    """
    try:
        match json.loads(data):
            case {"failed": str(reason), "detail": str(detail)}:
                return Lost(reason=reason, detail=detail)
            case {"digest": str(digest), "size_bytes": int(size_bytes), **rest}:
                etag = str(rest.get("etag", ""))
                return Had(digest=parse_digest(digest), size_bytes=size_bytes, etag=etag)
    except (ValueError, InvalidInputError):
        pass
    raise CorruptionError("a row of the ingest cache is none; delete its shard and bake again")
