"""What the gateway asks of the event stream besides its messages: which stream it is, and what it keeps."""

from base64 import b64decode
from dataclasses import dataclass

from bakehouse.errors import NotFoundError
from bakehouse.events.shapes import EVENTS, Event, decode_event
from bakehouse.jetstream.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """The event stream at a moment. `made` tells it from one that was lost; the rest are sequences.

    `first` is the oldest message that is kept, `last` the newest that there was; in a stream without
    messages `first` is the next.
    """

    made: str
    first: int
    last: int


class EventStream:
    """Asks, always the leader of the stream: a replica may lag behind, and what is missing there is not."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def state(self) -> StreamState:
        """The stream as it is now.

        Raises:
            UnavailableError: NATS is away, or there is no stream yet.
        """
        answer = await self.connection.api(f"STREAM.INFO.{EVENTS}")
        state = answer["state"]
        return StreamState(
            made=answer["created"],
            first=state["first_seq"] or state["last_seq"] + 1,
            last=state["last_seq"],
        )

    async def has_after(self, sequence: int, pattern: str) -> bool:
        """Whether a message behind `sequence` matches `pattern`.

        Raises:
            UnavailableError: NATS is away, or there is no stream yet.
        """
        request = {"seq": sequence + 1, "next_by_subj": pattern}
        try:
            await self.connection.api(f"STREAM.MSG.GET.{EVENTS}", request)
        except NotFoundError:
            return False
        return True

    async def few(self, pattern: str) -> list[Event]:
        """The kept events on subjects that match `pattern`, in order. A question each: for few of them.

        Raises:
            UnavailableError: NATS is away, or there is no stream yet.
        """
        found: list[Event] = []
        sequence = 0
        while True:
            request = {"seq": sequence + 1, "next_by_subj": pattern}
            try:
                answer = await self.connection.api(f"STREAM.MSG.GET.{EVENTS}", request)
            except NotFoundError:
                return found
            message = answer["message"]
            sequence = message["seq"]
            found.append(decode_event(message["subject"], b64decode(message["data"])))
