"""No unary call without a deadline: one that brings none gets the server's. Streams need none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from bakehouse.rpc.answers import end_call
from bakehouse.rpc.call import Call
from bakehouse.rpc.status import make_answer


class DeadlineGuard:
    """Cuts a unary call that brought no deadline after `default_s`. One that did is cut by gRPC."""

    def __init__(self, *, default_s: float) -> None:
        self._default_s = default_s

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Around one call."""
        if call.is_stream or call.context.time_remaining() is not None:
            yield
            return
        try:
            async with asyncio.timeout(self._default_s) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            text = f"not done within the server's {self._default_s:g} s; set a deadline of your own"
            answer = make_answer(
                grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", text, request_id=call.request_id
            )
            await end_call(call, answer)
