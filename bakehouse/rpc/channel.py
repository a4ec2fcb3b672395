"""A client's channel, synchronous: token, request id and deadline on each call, retries where they are safe.

Whoever catches a grpc.RpcError gets our own error of it from status.error_of.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc

from bakehouse.ids import random_id
from bakehouse.rpc.call import REQUEST_ID_KEY
from bakehouse.rpc.contract import METHODS, is_idempotent
from bakehouse.rpc.tls import ClientTls, channel_credentials

DEFAULT_DEADLINE_S = 30.0

_RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "3s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
_T = TypeVar("_T")
_R = TypeVar("_R")
_Metadata = tuple[tuple[str, str | bytes], ...]


def open_channel(
    target: str, *, token: str = "", tls: ClientTls | None = None, deadline_s: float = DEFAULT_DEADLINE_S
) -> grpc.Channel:
    """A channel to one server, to be kept for as long as it is needed and then closed.

    Args:
        target: `host:port`, or a name that resolves to several servers, among which calls take turns.
        token: sent with every call; empty for none.
        tls: None speaks plain text, in which a token can be read on the way.
        deadline_s: of a unary call that is given no timeout. Streams get none.
    """
    options = (
        ("grpc.service_config", _service_config()),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", 5_000),  # two minutes by default: a server is back sooner
    )
    if tls is None:
        channel = grpc.insecure_channel(target, options)
    else:
        channel = grpc.secure_channel(target, channel_credentials(tls), options)
    return grpc.intercept_channel(channel, _CallDefaults(token, deadline_s))


def _service_config() -> str:
    names = [
        {"service": method.containing_service.full_name, "method": method.name}
        for path, method in METHODS.items()
        # Not of streams: those who read them go on where they broke, and gRPC loses a stream now and then
        # that it may retry when its server is killed.
        if is_idempotent(path) and not method.server_streaming and not method.client_streaming
    ]
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [{"name": names, "retryPolicy": _RETRY}],
    }
    return json.dumps(config)


@dataclass(slots=True, kw_only=True)
class _Details(grpc.ClientCallDetails):
    """gRPC's call details, which have no constructor of their own."""

    method: str
    timeout: float | None
    metadata: _Metadata | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _CallDefaults(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Fills in what a call was not given. What passes through has gRPC's types, which differ by method."""

    def __init__(self, token: str, deadline_s: float) -> None:
        self._token = token
        self._deadline_s = deadline_s

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _T], _R],
        client_call_details: grpc.ClientCallDetails,
        request: _T,
    ) -> _R:
        return continuation(self._completed(client_call_details, self._deadline_s), request)

    def intercept_unary_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _T], _R],
        client_call_details: grpc.ClientCallDetails,
        request: _T,
    ) -> _R:
        return continuation(self._completed(client_call_details, None), request)

    def intercept_stream_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _T], _R],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: _T,
    ) -> _R:
        return continuation(self._completed(client_call_details, None), request_iterator)

    def intercept_stream_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _T], _R],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: _T,
    ) -> _R:
        return continuation(self._completed(client_call_details, None), request_iterator)

    def _completed(self, details: grpc.ClientCallDetails, deadline_s: float | None) -> _Details:
        metadata = tuple(details.metadata or ())
        if REQUEST_ID_KEY not in dict(metadata):
            metadata = (*metadata, (REQUEST_ID_KEY, random_id("req")))
        if self._token:
            metadata = (*metadata, ("authorization", f"Bearer {self._token}"))
        return _Details(
            method=details.method,
            timeout=deadline_s if details.timeout is None else details.timeout,
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
            compression=details.compression,
        )
