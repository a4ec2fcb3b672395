"""The one interceptor: takes every call, whatever of it streams, through the guards and to its handler.

Requests are parsed and answers serialised inside the guards, so that no failure of either leaves as text.
Handlers are `async def`; a stream of requests is read by iterating over it, not by `context.read()`.
"""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message
from grpc import aio

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.call import Call, Context, Guard, begin_call

# What goes into gRPC's handlers and comes out of them differs by method; their types can't say it.
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in its types only
_Check = Callable[[Call, Message], None]

_SHAPES: dict[tuple[bool, bool], tuple[str, Callable[..., _Handler]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class GuardInterceptor(aio.ServerInterceptor):
    """Wraps handlers. `guards` are given from the outermost in; `check` sees each message of a request."""

    def __init__(self, guards: Sequence[Guard], *, check: _Check) -> None:
        self._guards = guards
        self._check = check

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        """The wrapped handler of a call; None where there is no such method, which gRPC answers."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        passage = _Passage(handler_call_details.method, handler, self._guards, self._check)
        _, make = _SHAPES[handler.request_streaming, handler.response_streaming]
        if handler.response_streaming:
            return make(passage.stream, None, handler.response_serializer)
        return make(passage.unary, None, None)


class _Passage:
    """The way of one call through the guards: bytes in and, but for streams, bytes out."""

    def __init__(self, method: str, handler: _Handler, guards: Sequence[Guard], check: _Check) -> None:
        self._method = method
        self._handler = handler
        self._guards = guards
        self._check = check
        shape, _ = _SHAPES[handler.request_streaming, handler.response_streaming]
        self._behaviour: Callable[..., Any] = getattr(handler, shape)

    async def unary(self, raw: Any, context: Context) -> bytes:  # noqa: ANN401 - bytes, or a stream of them
        async with AsyncExitStack() as stack:
            request = await self._enter(stack, raw, context)
            answer = await self._behaviour(request, context)
            serialize = self._handler.response_serializer
            return answer if serialize is None else serialize(answer)

    async def stream(self, raw: Any, context: Context) -> None:  # noqa: ANN401 - bytes, or a stream of them
        async with AsyncExitStack() as stack:
            request = await self._enter(stack, raw, context)
            answers = self._behaviour(request, context)
            if inspect.isawaitable(answers):  # a handler that writes to the context itself, as health does
                await answers
                return
            async for answer in await stack.enter_async_context(aclosing(answers)):
                await context.write(answer)

    async def _enter(self, stack: AsyncExitStack, raw: Any, context: Context) -> object:  # noqa: ANN401 - see above
        is_stream = self._handler.request_streaming or self._handler.response_streaming
        call = begin_call(self._method, context, is_stream=is_stream)
        for guard in self._guards:
            await stack.enter_async_context(guard(call))
        if self._handler.request_streaming:
            return await stack.enter_async_context(aclosing(self._messages(call, raw)))
        return self._message(call, raw)

    async def _messages(self, call: Call, raws: AsyncIterator[bytes]) -> AsyncGenerator[object, None]:
        async for raw in raws:
            yield self._message(call, raw)

    def _message(self, call: Call, raw: bytes) -> object:
        parse = self._handler.request_deserializer
        try:
            message = raw if parse is None else parse(raw)
        except DecodeError as error:
            raise InvalidInputError(
                f"{call.method}: the request is damaged or nested too deep; send what the method takes"
            ) from error
        if isinstance(message, Message):
            self._check(call, message)
        return message
