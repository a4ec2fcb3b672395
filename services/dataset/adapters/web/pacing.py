"""The pace with each host: so many connections at a time, so many requests a second, and its pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep

_MOST_HOSTS = 4096  # that are remembered


@dataclass(slots=True)
class _Host:
    slots: BoundedSemaphore
    free_at: float = 0.0  # when the next request may begin
    users: int = 0
    lock: Lock = field(default_factory=Lock)


class Pace:
    """The pace with every host, for all threads of a worker."""

    def __init__(self, *, connections: int, per_second: float) -> None:
        self._connections = connections
        self._gap_s = 1 / per_second
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    @contextmanager
    def turn(self, host: str, *, deadline: float) -> Iterator[None]:
        """Wait for a turn to ask the host, and hold it.

        Raises:
            TimeoutError: none comes before `deadline`, in seconds of `monotonic`.
        """
        with self._known(host) as known:
            if not known.slots.acquire(timeout=max(0.0, deadline - monotonic())):
                raise TimeoutError(f"{host}: no connection became free")
            try:
                self._await_start(known, deadline)
                yield
            finally:
                known.slots.release()

    def pause(self, host: str, seconds: float) -> None:
        """Ask the host nothing for so long, whoever waits: it said so."""
        with self._known(host) as known, known.lock:
            known.free_at = max(known.free_at, monotonic() + seconds)

    @contextmanager
    def _known(self, host: str) -> Iterator[_Host]:
        with self._lock:
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts = {name: known for name, known in self._hosts.items() if known.users}
            known = self._hosts.setdefault(host, _Host(slots=BoundedSemaphore(self._connections)))
            known.users += 1
        try:
            yield known
        finally:
            with self._lock:
                known.users -= 1

    def _await_start(self, known: _Host, deadline: float) -> None:
        with known.lock:
            start = max(known.free_at, monotonic())
            if start > deadline:
                raise TimeoutError("the host's pause outlasts the time there is")
            known.free_at = start + self._gap_s
        sleep(max(0.0, start - monotonic()))
