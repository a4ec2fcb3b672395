"""Fetches one picture from a URL within limits: size, time, redirects, tries, and the pace of its host.

Nothing a server says of a file is believed: its first bytes tell whether it is a picture, its length is
counted. Each hop's address is checked when it is connected to.
"""

import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, SSLError
from urllib3.util import make_headers

from services.dataset.adapters.sink import Sink
from services.dataset.adapters.web.answers import TryAgainError, etag_of, host_of, next_url
from services.dataset.adapters.web.dialing import Dialer, RefusedAddressError, UnknownHostError
from services.dataset.adapters.web.pacing import Pace
from services.dataset.adapters.web.pinned import Connections
from services.dataset.domain.retrying import FetchLimits, wait_s
from services.dataset.domain.sniffing import HEAD_BYTES, other_kind, picture_kind
from services.dataset.ports import FetchFailedError

T = TypeVar("T")

_CHUNK_BYTES = 1 << 16
_DIGITS = 20  # no file has a length of so many
_HEADERS = {
    "User-Agent": "bakehouse (dataset ingest)",
    "Accept": "image/*,*/*;q=0.5",
    "Accept-Encoding": "identity",
}
_PORTS = {"http": 80, "https": 443}


class Fetcher:
    """Fetches pictures for all threads of a worker."""

    def __init__(self, dialer: Dialer, limits: FetchLimits) -> None:
        self._limits = limits
        self._pace = Pace(connections=limits.connections, per_second=limits.per_second)
        self._connections = Connections(dialer, per_host=limits.connections, silence_s=limits.silence_s)

    def download(self, url: str, put: Callable[[Sink, str], T]) -> T:
        """What `put` makes of the bytes and the ETag of the picture at a URL, as `parse_url` gives it.

        Raises:
            FetchFailedError: it can't be had.
        """
        limits, give_up = self._limits, monotonic() + self._limits.total_s
        for attempt in range(1, limits.attempts + 1):
            try:
                with Sink(most_bytes=limits.max_bytes) as sink:
                    etag = self._attempt(url, sink, give_up)
                    return put(sink, etag)
            except TryAgainError as error:
                wait = wait_s(attempt, error.asked_s, random.random(), limits.longest_wait_s)
                if attempt == limits.attempts or monotonic() + wait >= give_up:
                    raise _given_up(error, attempt) from error
                if error.pauses:
                    self._pace.pause(error.pauses, wait)
                sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, url: str, sink: Sink, give_up: float) -> str:
        seen = {url}
        for _ in range(self._limits.redirects + 1):
            with self._answer(url, give_up) as answer:
                after = next_url(answer.status, answer.headers, url)
                if after is None:
                    _receive(answer, sink, self._limits.max_bytes)
                    return etag_of(answer.headers)
            if after in seen:
                raise FetchFailedError("too_many_redirects", f"it leads from {host_of(url)} back to itself")
            seen.add(after)
            url = _without_user(after) if _origin(after) != _origin(url) else after
        raise FetchFailedError(
            "too_many_redirects", f"more than {self._limits.redirects} redirects, the last to {host_of(url)}"
        )

    @contextmanager
    def _answer(self, url: str, give_up: float) -> Iterator[BaseHTTPResponse]:
        """What the server answers, while it has its turn; everything that can go wrong, in our words."""
        host = host_of(url)
        try:
            # A turn may be long in coming, where the host asks for peace: that is no time of the exchange.
            with self._pace.turn(host, deadline=give_up), self._exchange(url, give_up) as answer:
                yield answer
        except TimeoutError as error:
            raise TryAgainError("too_slow", f"{host} did not send the file in time") from error
        except RefusedAddressError as error:
            raise FetchFailedError("refused_address", str(error), is_lasting=False) from error
        except UnknownHostError as error:
            if error.is_lasting:
                raise FetchFailedError("no_such_host", str(error)) from error
            raise TryAgainError("no_such_host", str(error)) from error

    @contextmanager
    def _exchange(self, url: str, give_up: float) -> Iterator[BaseHTTPResponse]:
        deadline = min(give_up, monotonic() + self._limits.attempt_s)
        with self._connections.watched(deadline) as watch:
            try:
                with self._asked(url) as answer:
                    yield answer
            except (HTTPError, OSError, FetchFailedError, TryAgainError) as error:
                if watch.is_over:  # what was cut off may look like anything
                    raise TimeoutError from error
                raise _translated(error, host_of(url)) from error
            if watch.is_over:
                raise TimeoutError  # or like a whole file

    @contextmanager
    def _asked(self, url: str) -> Iterator[BaseHTTPResponse]:
        scheme, host, port = _origin(url)
        parts = urlsplit(url)
        answer = self._connections.pool(scheme, host, port).urlopen(
            "GET",
            urlunsplit(("", "", parts.path or "/", parts.query, "")),
            headers={**_HEADERS, **_authorization(url)},
            retries=False,
            redirect=False,
            preload_content=False,
            pool_timeout=int(self._limits.silence_s) + 1,
        )
        is_whole = False
        try:
            yield answer
            is_whole = True
        finally:
            # A short rest is read, so that the connection serves again; a long one is not worth it.
            if is_whole and _declared(answer, _CHUNK_BYTES + 1) <= _CHUNK_BYTES:
                answer.drain_conn()
            else:
                answer.close()
            answer.release_conn()


def _receive(answer: BaseHTTPResponse, sink: Sink, max_bytes: int) -> None:
    kind = ""
    for chunk in _chunks(answer, max_bytes):
        kind = kind or _kind(chunk)
        sink.write(chunk)
    if not kind:
        raise TryAgainError("not_an_image", "the server sent nothing: the file is empty")


def _chunks(answer: BaseHTTPResponse, max_bytes: int) -> Iterator[bytes]:
    """The body, the first chunk long enough to tell what it is."""
    if _declared(answer, 0) > max_bytes:
        raise _too_large(max_bytes)
    head, room = b"", max_bytes
    for chunk in answer.stream(_CHUNK_BYTES, decode_content=True):
        room -= len(chunk)
        if room < 0:
            raise _too_large(max_bytes)
        head += chunk
        if len(head) >= HEAD_BYTES:
            yield head
            head = b""
    if head:
        yield head


def _declared(answer: BaseHTTPResponse, otherwise: int) -> int:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < _DIGITS else otherwise


def _kind(head: bytes) -> str:
    kind = picture_kind(head[:HEAD_BYTES])
    if kind is None:
        raise FetchFailedError("not_an_image", f"the server sent {other_kind(head[:HEAD_BYTES])}, no picture")
    return kind


def _too_large(max_bytes: int) -> FetchFailedError:
    return FetchFailedError(
        "too_large",
        f"it has more than {max_bytes} bytes; BAKEHOUSE_FETCH_MAX_BYTES of the workers is the limit",
        is_lasting=False,
    )


def _given_up(error: TryAgainError, attempt: int) -> FetchFailedError:
    times = "once" if attempt == 1 else f"{attempt} times"
    return FetchFailedError(error.reason, f"{error.detail}, tried {times}", is_lasting=False)


def _translated(error: Exception, host: str) -> Exception:
    """An error of the network as one of ours; no message of the library's, which may quote the URL."""
    if isinstance(error, FetchFailedError | TryAgainError):
        return error
    causes = [error, *error.args]
    if isinstance(error, SSLError) and any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return FetchFailedError("bad_certificate", f"{host} has no valid certificate", is_lasting=False)
    return TryAgainError("unavailable", f"{host} broke off or can't be reached ({type(error).__name__})")


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _authorization(url: str) -> Mapping[str, str]:
    parts = urlsplit(url)
    if parts.username is None:
        return {}
    return make_headers(basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
