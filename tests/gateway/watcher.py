"""A client that watches for as long as a test lasts, and what the stream itself says it should have seen."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import grpc

from bakehouse.errors import BakehouseError, UnavailableError
from bakehouse.events.shapes import EVENTS, decode_event
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.rpc.status import error_of
from bakehouse.v1.event_pb2 import Event, WatchRequest, WatchResponse
from tests.gateway.process import GatewayProcess

FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}


@dataclass(kw_only=True)
class Watcher:
    """Watches `name` from the start until its job or pipeline is over, with the last token after each break.

    `events` are the ids of what it saw; `num_breaks` says how often it had to begin again.
    """

    gateway: GatewayProcess
    name: str
    from_start: bool = True
    drop_every: int = 0  # events after which this client itself breaks the connection
    events: list[str] = field(default_factory=list)
    num_breaks: int = 0
    ended: BakehouseError | None = None

    def __post_init__(self) -> None:
        self._token = ""
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, *, within_s: float = 60) -> None:
        assert self.over.wait(within_s), f"after {len(self.events)} events"
        self._thread.join(10)

    def until(self, num_events: int, *, within_s: float = 60) -> None:
        give_up_at = time.monotonic() + within_s
        while len(self.events) < num_events:
            assert time.monotonic() < give_up_at, f"after {len(self.events)} events"
            assert not self.over.is_set(), "the job is over"
            time.sleep(0.01)

    def _run(self) -> None:
        client = self.gateway.client()
        while not self.over.is_set():
            request = WatchRequest(
                name=self.name, resume_token=self._token, from_start=self.from_start and not self._token
            )
            stream = client.events.Watch(request)
            try:
                self._follow(stream)
            except grpc.RpcError as failure:
                self.ended = error_of(failure)
                if not isinstance(self.ended, UnavailableError):
                    self.over.set()
                time.sleep(0.05)
            stream.cancel()
            self.num_breaks += 1
        client.channel.close()

    def _follow(self, stream: Iterable[WatchResponse]) -> None:
        for number, message in enumerate(stream, start=1):
            self._token = message.resume_token
            if message.WhichOneof("payload") == "event":
                self.events.append(message.event.id)
                is_its_own = "/pipelines/" not in self.name or message.event.subject == self.name
                if is_its_own and _state(message.event) in FINAL:
                    self.over.set()
                    return
            if self.drop_every and number % self.drop_every == 0:
                return


def _state(event: Event) -> object:
    return event.data["state"] if "state" in event.data.fields else None


async def stored_events(connection: Connection, project: str, job: str) -> list[str]:
    """The ids of the job's events, in the order of the stream."""
    found: list[str] = []
    async with tailing(connection, EVENTS, f"events.{project}.job.{job}.>", start="first") as tail:
        async for message in tail:
            if isinstance(message, CaughtUp):
                return found
            found.append(decode_event(message.subject, message.data).id)
    raise AssertionError("a tail does not end")
