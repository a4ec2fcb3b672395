"""A stream read in a thread of its own, so that one that gRPC has lost is noticed by its silence.

A server killed at the wrong moment can leave a stream that neither speaks nor breaks, whatever its deadline.
"""

import threading
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import Protocol, TypeVar

import grpc

T_co = TypeVar("T_co", covariant=True)

_AHEAD = 256
_LOOK_S = 1.0


class Stream(Protocol[T_co]):
    """What gRPC gives for a call that answers with a stream."""

    def __iter__(self) -> Iterator[T_co]: ...

    def cancel(self) -> bool:
        """End the call."""
        ...


class SilenceError(Exception):
    """Nothing came for longer than anything should take."""


def listen(stream: Stream[T_co], *, silence_s: float) -> Iterator[T_co]:
    """The messages of `stream`, which is cancelled when they are no longer wanted.

    Raises:
        SilenceError: nothing came for `silence_s`.
        grpc.RpcError: the stream broke.
    """
    said: Queue[T_co | grpc.RpcError | None] = Queue(maxsize=_AHEAD)
    over = threading.Event()
    threading.Thread(target=_read, args=(stream, said, over), name="listening", daemon=True).start()
    try:
        while (word := _next(said, silence_s)) is not None:
            if isinstance(word, grpc.RpcError):
                raise word
            yield word
    finally:
        over.set()
        stream.cancel()


def _next(said: "Queue[T_co | grpc.RpcError | None]", silence_s: float) -> T_co | grpc.RpcError | None:
    try:
        return said.get(timeout=silence_s)
    except Empty:
        raise SilenceError from None


def _read(stream: Stream[T_co], said: "Queue[T_co | grpc.RpcError | None]", over: threading.Event) -> None:
    end: grpc.RpcError | None = None
    try:
        for message in stream:
            _say(message, said, over)
    except grpc.RpcError as error:
        end = error
    _say(end, said, over)


def _say(
    word: T_co | grpc.RpcError | None,
    said: "Queue[T_co | grpc.RpcError | None]",
    over: threading.Event,
) -> None:
    while not over.is_set():
        try:
            said.put(word, timeout=_LOOK_S)
        except Full:
            continue
        return
