"""The port of the object store, and what its keys may be. The contract that every driver keeps.

Drivers are synchronous and safe to use from many threads; asynchronous callers go through a thread.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bakehouse.errors import InvalidInputError

CHUNK_BYTES = 1 << 20

_SEGMENT = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,199}")
_MAX_KEY_BYTES = 512
_MAX_EXPIRES_S = 7 * 24 * 3600  # what S3 signs at most

Method = Literal["GET", "PUT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One object of a listing. `modified` is the store's clock: for age, never for order."""

    key: str
    size_bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a probe found that the endpoint really does."""

    driver: Literal["directory", "s3"]
    conditional_put: bool
    ranges: bool
    presign: bool
    delete_many: bool
    multipart: bool
    clock_skew_s: float


class ObjectStore(Protocol):
    """Named bytes. Writing is atomic, reading sees all of a finished write, a second write replaces.

    Every method raises `UnavailableError` when the store can't be reached after its own retries,
    `CapacityError` when it is full, and `InvalidInputError` for a key that `check_key` refuses.
    An error from `put` means "unknown": the object may be there; writing it again is always right.
    No key may be another's folder ("a" beside "a/b"): not every store can hold both.
    """

    def put(self, key: str, chunks: Iterable[bytes], *, size_bytes: int) -> None:
        """Write `chunks`, `size_bytes` in all, as `key`: all of it or nothing.

        On return it is as durable as the store makes it: in a directory, synced to the disk. The chunks are
        taken once and in flat memory, whatever is retried here, and to their end before the object can be
        seen: an exception that they raise passes through and leaves no object.

        Raises:
            InvalidInputError: the chunks are more or fewer bytes than `size_bytes`.
        """
        ...

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of `key` from `start`, `length` of them or to the end, in chunks of at most 1 MiB.

        A connection that breaks is resumed where it broke. No digest is checked here.

        Raises:
            NotFoundError: there is no such object (raised at the call, not at the first chunk).
            InvalidInputError: the range is not inside the object. An empty one at its very end is.
        """
        ...

    def stat(self, key: str) -> ObjectInfo | None:
        """What a listing would say of `key`; None where there is nothing."""
        ...

    def list(self, prefix: str, *, after: str = "", recursive: bool = True) -> Iterator[ObjectInfo | str]:
        """The objects whose keys begin with `prefix`, sorted by key, those behind `after` only.

        Pages are fetched as they are consumed. With `recursive=False` what lies below the next "/" is
        folded into one `str`, the common prefix with its "/" (in S3's words: a delimiter), which is sorted
        and compared with `after` like a key. One whose objects were all deleted may be given for a while.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the objects, many in one call where the store can; a missing one is no error."""
        ...

    def presign(self, key: str, *, method: Method, expires_s: int, size_bytes: int | None = None) -> str:
        """A URL that lets its holder GET or PUT this one key, for 1 to 604,800 seconds.

        A PUT may be held to exactly `size_bytes`.

        Raises:
            StateError: this store has nobody who would answer such a URL.
            InvalidInputError: `expires_s` is out of range, or there is a size for a GET.
        """
        ...

    def probe(self) -> Capabilities:
        """Write, read, list and remove small objects below `probe/`, and say what works.

        Raises:
            UnavailableError: the store is away, refuses the credentials, or lacks what everything needs
                (put, get, list, delete); the message says which and what to set.
        """
        ...


def check_key(key: str) -> str:
    """`key`, if every store can hold it: segments of [a-z0-9._-] by single "/", at most 512 bytes.

    Raises:
        InvalidInputError: it is something else.
    """
    if len(key) > _MAX_KEY_BYTES or not all(is_segment(s) for s in key.split("/")):
        raise InvalidInputError(
            f"{key[:120]!r} is no store key; use segments of a-z, 0-9, '.', '_', '-' separated by '/'"
        )
    return key


def check_prefix(prefix: str) -> str:
    """`prefix`, if a key can begin so.

    Raises:
        InvalidInputError: none can.
    """
    if len(prefix) >= _MAX_KEY_BYTES or not all(is_segment(s) for s in f"{prefix}x".split("/")):
        raise InvalidInputError(
            f"no store key begins with {prefix[:120]!r}; see the keys that a listing gives"
        )
    return prefix


def is_segment(name: str) -> bool:
    """Whether a key can have `name` between two slashes."""
    return _SEGMENT.fullmatch(name) is not None


def check_presign(method: Method, *, expires_s: int, size_bytes: int | None) -> None:
    """Raise what `ObjectStore.presign` says of its arguments."""
    if not 1 <= expires_s <= _MAX_EXPIRES_S:
        raise InvalidInputError(
            f"a URL can't be signed for {expires_s} s; ask for 1 to {_MAX_EXPIRES_S}", field="expires_s"
        )
    if method == "GET" and size_bytes is not None:
        raise InvalidInputError("a URL to GET has no size; leave it out", field="size_bytes")


def check_range(key: str, *, start: int, length: int | None, size_bytes: int) -> int:
    """Where a range ends in an object of `size_bytes`, itself excluded.

    Raises:
        InvalidInputError: it is not inside the object.
    """
    end = size_bytes if length is None else start + length
    if not 0 <= start <= end <= size_bytes:
        asked = "to the end" if length is None else f"{length} bytes"
        raise InvalidInputError(f"{key}: {asked} from {start} are not inside its {size_bytes} bytes")
    return end
