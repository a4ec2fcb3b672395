"""Watching events: a stream that is attached anew, where it left off, whenever it breaks."""

import random
import time
from collections.abc import Iterator

import grpc

from bakehouse.backoff import delays
from bakehouse.client.calls import Caller, is_passing, retry_after_s
from bakehouse.client.convert import event_of
from bakehouse.client.listening import SilenceError, listen
from bakehouse.client.values import Event
from bakehouse.errors import ExpiredError
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.event_pb2_grpc import EventServiceStub

PATIENCE_S = 300.0
_ATTACHED_S = 240.0  # then it is attached anew: what hangs with its connections open is noticed so
_SILENCE_S = 60.0  # the gateway gives a sign of life every 15 s


class Watching:
    """Makes the watches of a client."""

    def __init__(self, channel: grpc.Channel, caller: Caller) -> None:
        self._stub = EventServiceStub(channel)
        self._caller = caller

    def signs(self, name: str, *, resume_token: str = "", from_start: bool = False) -> Iterator[Event | None]:
        """The events of `name`, and None for each sign of life; the first comes when the watch has begun.

        Raises:
            ExpiredError: events behind `resume_token` are no longer kept.
            NotFoundError: `name` is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        for message in self._messages(
            WatchRequest(name=name, resume_token=resume_token, from_start=from_start)
        ):
            is_event = message.WhichOneof("payload") == "event"
            yield event_of(message.event, resume_token=message.resume_token) if is_event else None

    def changes(self, name: str) -> Iterator[Event | None]:
        """The same for who reads `name` itself at each of them: events that were lost do not matter then.

        Raises:
            NotFoundError, UnavailableError: as `signs`.
        """
        while True:
            try:
                yield from self.signs(name)
            except ExpiredError:  # the studio lost its event stream and made it anew
                continue

    def _messages(self, request: WatchRequest) -> Iterator[WatchResponse]:
        waits = delays(random.Random(), first_s=0.2)
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            stream = self._stub.Watch(request, timeout=_ATTACHED_S)
            try:
                for message in listen(stream, silence_s=_SILENCE_S):
                    request.resume_token = message.resume_token
                    yield message
                    # Behind the yield, as its user may take any time.
                    waits = delays(random.Random(), first_s=0.2)
                    give_up_at = time.monotonic() + PATIENCE_S
            except grpc.RpcError as failure:
                error = self._caller.error_of(failure)
                if not is_passing(error) or time.monotonic() > give_up_at:
                    raise error from failure
                time.sleep(max(next(waits), retry_after_s(error) or 0.0))
            except SilenceError:
                continue
