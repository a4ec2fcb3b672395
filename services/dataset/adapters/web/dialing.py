"""Connects to hosts: looks their addresses up, refuses those that are not public, connects to one it checked.

What was checked is what is connected to, so a name that answers otherwise the next time gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from services.dataset.domain.addresses import Allowed

Resolve = Callable[[str, int], Sequence[str]]

_CONNECT_S = 10.0  # for one address


class RefusedAddressError(Exception):
    """A host none of whose addresses may be connected to."""


class UnknownHostError(Exception):
    """A host that the name service doesn't know; `is_lasting` where it said so, not where it was silent."""

    def __init__(self, message: str, *, is_lasting: bool) -> None:
        super().__init__(message)
        self.is_lasting = is_lasting


class Dialer:
    """Opens sockets to hosts that may be connected to."""

    def __init__(self, allowed: Allowed, resolve: Resolve | None = None) -> None:
        self._allowed = allowed
        self._resolve = resolve or resolve_host

    def connect(self, host: str, port: int, *, deadline: float) -> socket.socket:
        """A socket to one of the host's addresses, the first that answers.

        Args:
            host: of a URL; an address in brackets too.
            port: of it.
            deadline: in seconds of `monotonic`.

        Raises:
            RefusedAddressError, UnknownHostError: see there.
            OSError: none answers in time.
        """
        name = host.strip("[]").rstrip(".")
        found = _in_time(lambda: self._resolve(name, port), deadline)
        named = self._allowed.has_host(name)
        addresses = [address for address in found if named or self._allowed.has_address(address)]
        if not addresses:
            raise RefusedAddressError(
                f"{name} is {', '.join(found[:3])}, which is not on the public internet; "
                "BAKEHOUSE_FETCH_ALLOW of the workers may name it"
            )
        return _first(addresses, port, deadline)


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The host's addresses, those to be tried first at the beginning.

    Raises:
        UnknownHostError: there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        lasting = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
        raise UnknownHostError(
            f"{host}: the name service knows no address ({error.strerror})",
            is_lasting=error.errno in lasting,
        ) from error
    except (UnicodeError, ValueError) as error:
        raise UnknownHostError(f"{host[:100]!r} is no name of a host", is_lasting=True) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _in_time(look_up: Callable[[], Sequence[str]], deadline: float) -> Sequence[str]:
    """What `look_up` gives: it can't be told to hurry, so it is waited for until `deadline` only."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(look_up())
        except (UnknownHostError, OSError) as error:
            answers.put(error)

    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, deadline - monotonic()))
    except Empty:
        raise UnknownHostError("the name service does not answer", is_lasting=False) from None
    if isinstance(found, Exception):
        raise found
    return found


def _first(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    error = OSError("no time is left to connect")
    for address in addresses:
        left = deadline - monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=min(left, _CONNECT_S))
        except OSError as found:
            error = found
    raise error
