"""What an answer of a server means: a picture to read, a place to go on to, a try to repeat, or the end."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from bakehouse.errors import InvalidInputError
from services.dataset.domain.retrying import TRANSIENT, retry_after_s
from services.dataset.domain.web_addresses import parse_url, shown
from services.dataset.ports import FetchFailedError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_CLIENT_ERRORS = range(400, 500)
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_GONE = frozenset({404, 410})
_SLOW_DOWN = frozenset({429, 503})
_MAX_ETAG = 200


class TryAgainError(Exception):
    """A try that failed in a way that another may not: the word and the sentence if it was the last."""

    def __init__(self, reason: str, detail: str, *, asked_s: float | None = None, pauses: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.asked_s = asked_s
        self.pauses = pauses  # the host that wants nobody to ask before that


def next_url(status: int, headers: Mapping[str, str], url: str) -> str | None:
    """Where an answer leads, None where it has the picture.

    Raises:
        TryAgainError: it is for later.
        FetchFailedError: there is no picture.
    """
    if status == _OK:
        return None
    if status in _REDIRECTS and (location := headers.get("Location")):
        try:
            return parse_url(urljoin(url, location))
        except (InvalidInputError, ValueError) as error:
            raise FetchFailedError("dead_url", f"HTTP {status} leads to {shown(location)}, no URL") from error
    if status in TRANSIENT:
        asked = retry_after_s(headers.get("Retry-After"), datetime.now(UTC))
        detail = f"HTTP {status} of {host_of(url)}"
        raise TryAgainError(
            "unavailable", detail, asked_s=asked, pauses=host_of(url) * (status in _SLOW_DOWN)
        )
    raise _refusal(status, host_of(url))


def host_of(url: str) -> str:
    """The host of a URL, for messages and for keeping to its pace."""
    return urlsplit(url).hostname or ""


def etag_of(headers: Mapping[str, str]) -> str:
    """What the server calls this version of the file; empty where it says nothing fit to keep."""
    etag = headers.get("ETag", "")
    return etag if etag.isascii() and etag.isprintable() and len(etag) <= _MAX_ETAG else ""


def _refusal(status: int, host: str) -> FetchFailedError:
    if status in _GONE:
        return FetchFailedError("dead_url", f"HTTP {status} of {host}: there is no such file any more")
    if status in _FORBIDDEN:
        return FetchFailedError("forbidden", f"HTTP {status} of {host}: it lets nobody in without a key")
    if status in _CLIENT_ERRORS:
        return FetchFailedError("dead_url", f"HTTP {status} of {host}: it refuses this URL")
    return FetchFailedError("dead_url", f"HTTP {status} of {host}: an answer without a picture")
