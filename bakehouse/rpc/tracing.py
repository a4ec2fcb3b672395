"""Ties a call, its log lines and its answer together: request id and trace. Exports no spans."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bakehouse.rpc.call import REQUEST_ID_KEY, TRACE_KEY, Call


@asynccontextmanager
async def bind_ids(call: Call) -> AsyncIterator[None]:
    """Put the ids on every log line of the call, and the request id into its trailing metadata."""
    call.context.set_trailing_metadata(((REQUEST_ID_KEY, call.request_id),))
    ids = {"request_id": call.request_id}
    if call.trace:
        ids[TRACE_KEY] = call.trace
    with structlog.contextvars.bound_contextvars(**ids):
        yield
