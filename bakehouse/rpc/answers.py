"""The outermost guard: whatever a call raises becomes a status, and no text of an unknown exception leaves.

grpc.aio by itself sends an exception's text to the client.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Never

import grpc
from grpc import aio

from bakehouse.errors import CorruptionError
from bakehouse.logs import get_logger
from bakehouse.rpc.call import REQUEST_ID_KEY, Call
from bakehouse.rpc.status import DETAILS_KEY, Answer, answer_of, code_of

_log = get_logger()


@asynccontextmanager
async def answer_errors(call: Call) -> AsyncIterator[None]:
    """Turn an exception into the call's status. Cancellation passes, and so does what gRPC itself raises."""
    try:
        yield
    except (aio.AbortError, aio.InternalError):
        raise
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Not this call was cancelled, but something that it awaited: its client would wait for ever.
        await _answer(call, error)
    except Exception as error:  # noqa: BLE001 - the top of a call: exceptions stop here
        await _answer(call, error)


async def end_call(call: Call, answer: Answer) -> Never:
    """End a call with a status other than OK, by raising what gRPC understands."""
    trailers = ((REQUEST_ID_KEY, call.request_id), (DETAILS_KEY, answer.details))
    await call.context.abort(answer.code, answer.message, trailers)


async def _answer(call: Call, error: BaseException) -> Never:
    if code_of(error) == grpc.StatusCode.INTERNAL:
        _log.error("call_failed", request_id=call.request_id, method=call.method, exc_info=error)
    elif isinstance(error, CorruptionError):
        _log.error("corruption_found", request_id=call.request_id, method=call.method, why=error.message)
    await end_call(call, answer_of(error, request_id=call.request_id))
