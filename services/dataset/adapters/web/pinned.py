"""HTTP connections whose address was checked, and that are cut off when their time is up.

urllib3's own time limits count from byte to byte, so a server that sends one now and then holds on for ever.
Here a second handle of the socket is shut down at the deadline, whatever is being read then, TLS too.
"""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Timer, local
from time import monotonic
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from services.dataset.adapters.web.dialing import Dialer

_MOST_POOLS = 64


class Watch:
    """The time that an exchange has, and the socket that it goes through."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_over = False
        self._handles: list[socket.socket] = []
        self._lock = Lock()

    def keep(self, fileno: int) -> None:
        """Shut the socket of this descriptor down when the time is up."""
        handle = socket.socket(fileno=os.dup(fileno))  # the same connection, and plain below TLS
        with self._lock:
            self._handles.append(handle)
        if self.is_over:
            self.cut()

    def cut(self) -> None:
        """Shut everything down now."""
        self.is_over = True
        with self._lock:
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the handles; the sockets stay as they are."""
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles = []


class Connections:
    """Keeps connections to hosts open for the next request, and opens them through a dialer."""

    def __init__(self, dialer: Dialer, *, per_host: int, silence_s: float) -> None:
        self._dialer = dialer
        self._per_host = per_host
        self._silence_s = silence_s
        self._pools: dict[tuple[str, str, int], HTTPConnectionPool] = {}
        self._lock = Lock()
        self._own = local()
        self._tls = ssl.create_default_context()
        self._tls.load_verify_locations(certifi.where())  # small images have no certificates of their own

    @contextmanager
    def watched(self, deadline: float) -> Iterator[Watch]:
        """All that this thread sends and reads within is cut off at `deadline`."""
        watch = Watch(deadline)
        timer = Timer(max(0.0, deadline - monotonic()), watch.cut)
        timer.daemon = True
        timer.start()
        self._own.watch = watch
        try:
            yield watch
        finally:
            self._own.watch = None
            timer.cancel()
            watch.close()

    def pool(self, scheme: str, host: str, port: int) -> HTTPConnectionPool:
        """The connections to a host."""
        key = (scheme, host, port)
        with self._lock:
            if (found := self._pools.pop(key, None)) is None:
                found = self._opened(scheme, host, port)
            self._pools[key] = found  # the last used at the end
            if len(self._pools) > _MOST_POOLS:
                self._pools.pop(next(iter(self._pools))).close()
            return found

    def dial(self, host: str, port: int) -> socket.socket:
        """A socket that the exchange of this thread watches."""
        watch: Watch = self._own.watch
        sock = self._dialer.connect(host, port, deadline=watch.deadline)
        sock.settimeout(self._silence_s)
        watch.keep(sock.fileno())
        return sock

    def watch(self, fileno: int) -> None:
        """Watch a socket that was open already."""
        self._own.watch.keep(fileno)

    def _opened(self, scheme: str, host: str, port: int) -> HTTPConnectionPool:
        connections = self

        class _Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connections.dial(self.host, self.port or port)

            def putrequest(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as it is there
                if self.sock is not None:
                    connections.watch(self.sock.fileno())
                super().putrequest(*arguments, **options)

        class _Secure(HTTPSConnection, _Plain):
            """Dials as the plain one does, then speaks TLS."""

        if scheme == "https":
            secure = HTTPSConnectionPool(
                host, port, maxsize=self._per_host, timeout=self._silence_s, ssl_context=self._tls
            )
            secure.ConnectionCls = _Secure
            return secure
        plain = HTTPConnectionPool(host, port, maxsize=self._per_host, timeout=self._silence_s)
        plain.ConnectionCls = _Plain
        return plain
