"""bakehouse.v1.EventService."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.event_pb2_grpc import EventServiceServicer
from gateway import convert
from gateway.watch import Watches


class EventServicer(EventServiceServicer):
    """Events over gRPC."""

    def __init__(self, watches: Watches) -> None:
        self._watches = watches

    @override
    async def Watch(self, request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        name = convert.watched_name(request.name)
        watch = self._watches.watch(name, token=request.resume_token, from_start=request.from_start)
        async with aclosing(watch) as seen:
            async for entry in seen:
                yield convert.watch_message(entry)
