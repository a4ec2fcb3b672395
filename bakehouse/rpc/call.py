"""One call as guards and servicers see it: its method, its ids, and who asks. It decides nothing."""

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from grpc import aio

from bakehouse.errors import UnauthenticatedError
from bakehouse.ids import random_id
from bakehouse.rpc.tokens import Principal

REQUEST_ID_KEY = "x-request-id"
TRACE_KEY = "traceparent"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Context = aio.ServicerContext[Any, Any]


@dataclass(slots=True, kw_only=True)
class Call:
    """A call that is being served. Guards fill in `principal` and `project` on the way in.

    `method` is the path, `/bakehouse.v1.JobService/GetJob`; `is_stream` says that either side streams.
    `trace` is the caller's W3C traceparent, or empty. `project` is empty where the request names none.
    """

    method: str
    is_stream: bool
    context: Context
    metadata: Mapping[str, str]
    request_id: str
    trace: str
    principal: Principal | None = None
    project: str = ""


class Guard(Protocol):
    """Something that every call passes through: it may refuse the call by raising, and sees how it ends."""

    def __call__(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Around one call, from before its request is read to after its last answer."""
        ...


_current: ContextVar[Call] = ContextVar("call")


def begin_call(method: str, context: Context, *, is_stream: bool) -> Call:
    """The call that this task serves from now on. It keeps the caller's request id if that is a sane one."""
    metadata: dict[str, str] = {}
    for key, value in context.invocation_metadata() or ():
        if isinstance(value, str):  # a key twice is joined, as in HTTP: two tokens are then no token
            metadata[key] = f"{metadata[key]},{value}" if key in metadata else value
    request_id, trace = metadata.get(REQUEST_ID_KEY, ""), metadata.get(TRACE_KEY, "")
    call = Call(
        method=method,
        is_stream=is_stream,
        context=context,
        metadata=metadata,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else random_id("req"),
        trace=trace if _TRACE.fullmatch(trace) else "",
    )
    _current.set(call)
    return call


def current_call() -> Call:
    """The call that this task serves; a servicer's own, that is. LookupError outside of one."""
    return _current.get()


def current_principal() -> Principal:
    """Who made the call that this task serves.

    Raises:
        UnauthenticatedError: nobody has; the method is one that asks for no token.
    """
    return principal_of(_current.get())


def principal_of(call: Call) -> Principal:
    """Who made a call.

    Raises:
        UnauthenticatedError: nobody has; the method is one that asks for no token.
    """
    if call.principal is None:
        raise UnauthenticatedError(
            "no token came with this call; send metadata `authorization: Bearer bh_...`"
        )
    return call.principal
