"""Counts and times of calls for Prometheus, and the plain HTTP server that shows them at `/metrics`."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from grpc import aio
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from bakehouse.errors import StateError
from bakehouse.rpc.addresses import Address
from bakehouse.rpc.call import Call
from bakehouse.rpc.status import code_of

_BUCKETS_S = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)


class MetricsGuard:
    """Counts calls by method and code, times the unary ones, and knows how many are open."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter("bakehouse_rpc", "Calls that ended.", ["method", "code"], registry=registry)
        self._open = Gauge("bakehouse_rpc_open", "Calls being served.", ["method"], registry=registry)
        self._seconds = Histogram(
            "bakehouse_rpc_seconds",
            "How long unary calls took.",
            ["method"],
            registry=registry,
            buckets=_BUCKETS_S,
        )

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Around one call."""
        code = grpc.StatusCode.OK
        begun = time.perf_counter()
        self._open.labels(call.method).inc()
        try:
            yield
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        except aio.AbortError:
            code = call.context.code()
            raise
        except Exception as error:
            code = code_of(error)
            raise
        finally:
            self._open.labels(call.method).dec()
            self._ended.labels(call.method, code.name).inc()
            if not call.is_stream:
                self._seconds.labels(call.method).observe(time.perf_counter() - begun)


class MetricsServer:
    """`GET /metrics`, in a thread of its own: it answers however busy the loop is."""

    def __init__(self, address: Address, registry: CollectorRegistry) -> None:
        """Start it.

        Raises:
            StateError: the address is taken, or not this machine's.
        """
        try:
            self._server, self._thread = start_http_server(address.port, address.host, registry)
        except OSError as error:
            raise StateError(
                f"can't show metrics on {address}: {error.strerror}; set BAKEHOUSE_METRICS_ADDRESS to another"
            ) from error
        self.address = Address(host=address.host, port=self._server.server_port)

    def stop(self) -> None:
        """Stop, and free the address."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
