"""URLs that let their holder GET or PUT one object of a directory store: made here, answered by the gateway.

    {base_url}/{key}?expires={unix seconds}[&size={bytes}]&signature={HMAC-SHA256, hex}

Whoever answers them takes the method and the target (path and query) as they came in to `verify`.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bakehouse.blobs.port import Method, check_key, check_presign
from bakehouse.errors import ExpiredError, InvalidInputError, PermissionDeniedError

_MIN_SECRET_BYTES = 32
_QUERY = re.compile(r"expires=([0-9]{1,12})(?:&size=([0-9]{1,15}))?&signature=[0-9a-f]{64}")
_METHODS: dict[str, Method] = {"GET": "GET", "PUT": "PUT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a URL allows until `expires_at` (unix seconds). A PUT with a size is of exactly so many bytes."""

    method: Method
    key: str
    expires_at: int
    size_bytes: int | None = None


class UrlSigner:
    """Signs and verifies with one secret, which all gateways of a store share. `now` gives unix seconds.

    Raises:
        InvalidInputError: the secret is shorter than 32 bytes, or `base_url` is no http(s) URL.
    """

    def __init__(self, secret: bytes, base_url: str, *, now: Callable[[], float] = time.time) -> None:
        if len(secret) < _MIN_SECRET_BYTES:
            raise InvalidInputError(
                f"the secret for URLs has {len(secret)} bytes; give it {_MIN_SECRET_BYTES} or more at random"
            )
        base = urlsplit(base_url)
        if base.scheme not in {"http", "https"} or not base.netloc or base.query or base.fragment:
            raise InvalidInputError(f"{base_url!r} is no address for URLs; give http(s)://host:port[/path]")
        self._secret = secret
        self._origin = f"{base.scheme}://{base.netloc}"
        self._path = f"{base.path.rstrip('/')}/"
        self._now = now

    def url(self, key: str, *, method: Method, expires_s: int, size_bytes: int | None = None) -> str:
        """A URL as `ObjectStore.presign` says."""
        check_key(key)
        check_presign(method, expires_s=expires_s, size_bytes=size_bytes)
        expires_at = int(self._now()) + expires_s
        return self._origin + self._target(
            Grant(method=method, key=key, expires_at=expires_at, size_bytes=size_bytes)
        )

    def verify(self, method: str, target: str) -> Grant:
        """What a request may do.

        Args:
            method: as in the request line.
            target: path and query as in the request line, nothing decoded.

        Raises:
            PermissionDeniedError: this signer gave out no such URL for this method.
            ExpiredError: it did, but its time is over.
        """
        grant = self._parse(method, target)
        # The whole target is compared: what is not exactly as it was given out was not given out.
        if grant is None or not hmac.compare_digest(self._target(grant), target):
            raise PermissionDeniedError("this URL was not given out for this request; ask for a new one")
        if grant.expires_at <= self._now():
            raise ExpiredError(f"the URL for {grant.key} has expired; ask for a new one")
        return grant

    def _parse(self, method: str, target: str) -> Grant | None:
        path, _, query = target.partition("?")
        found = _QUERY.fullmatch(query)
        if method not in _METHODS or found is None or not path.startswith(self._path) or not path.isascii():
            return None
        expires_at, size = found.groups()
        return Grant(
            method=_METHODS[method],
            key=path.removeprefix(self._path),
            expires_at=int(expires_at),
            size_bytes=None if size is None else int(size),
        )

    def _target(self, grant: Grant) -> str:
        size = "" if grant.size_bytes is None else f"&size={grant.size_bytes}"
        unsigned = f"{self._path}{grant.key}?expires={grant.expires_at}{size}"
        signature = hmac.digest(self._secret, f"{grant.method} {unsigned}".encode(), hashlib.sha256)
        return f"{unsigned}&signature={signature.hex()}"
