import threading
from collections.abc import Iterator

import grpc
import pytest

from bakehouse.client.listening import SilenceError, listen


class Broken(grpc.RpcError):
    pass


class Tape:
    """A stream that says so many numbers, then breaks, ends, or falls silent until it is cancelled."""

    def __init__(self, count: int, *, end: str) -> None:
        self._count = count
        self._end = end
        self.cancelled = threading.Event()

    def __iter__(self) -> Iterator[int]:
        yield from range(self._count)
        if self._end == "breaks":
            raise Broken
        if self._end == "silence":
            self.cancelled.wait()

    def cancel(self) -> bool:
        self.cancelled.set()
        return True


@pytest.mark.parametrize("count", [0, 3, 1000])
def test_messages_come_in_order_to_the_end(count: int) -> None:
    tape = Tape(count, end="ends")
    assert list(listen(tape, silence_s=10)) == list(range(count))
    assert tape.cancelled.is_set()


def test_what_breaks_breaks_behind_its_messages() -> None:
    messages = listen(Tape(2, end="breaks"), silence_s=10)
    assert [next(messages), next(messages)] == [0, 1]
    with pytest.raises(Broken):
        next(messages)


def test_silence_is_an_error_and_ends_the_call() -> None:
    tape = Tape(1, end="silence")
    messages = listen(tape, silence_s=0.05)
    assert next(messages) == 0
    with pytest.raises(SilenceError):
        next(messages)
    assert tape.cancelled.is_set()


def test_who_stops_listening_ends_the_call() -> None:
    tape = Tape(100_000, end="silence")
    messages = listen(tape, silence_s=10)
    next(messages)
    del messages
    assert tape.cancelled.wait(5)
