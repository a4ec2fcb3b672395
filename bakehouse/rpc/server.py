"""The one gRPC server: guards, health, metrics, TLS, signals and a graceful stop. It knows no resource."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import CollectorRegistry

from bakehouse.errors import StateError
from bakehouse.logs import get_logger
from bakehouse.rpc.addresses import Address, parse_address
from bakehouse.rpc.answers import answer_errors
from bakehouse.rpc.auth import TokenGuard
from bakehouse.rpc.call import Guard
from bakehouse.rpc.deadlines import DeadlineGuard
from bakehouse.rpc.interceptor import GuardInterceptor
from bakehouse.rpc.limits import LimitGuard
from bakehouse.rpc.metrics import MetricsGuard, MetricsServer
from bakehouse.rpc.project_scope import check_project
from bakehouse.rpc.settings import RpcSettings
from bakehouse.rpc.tls import server_credentials
from bakehouse.rpc.tokens import TokenFile, bootstrap_tokens
from bakehouse.rpc.tracing import bind_ids
from bakehouse.rpc.watches import WatchGuard

MAX_MESSAGE_BYTES = 4 << 20

Register = Callable[[aio.Server], None]
Cleanup = Callable[[], Awaitable[None]]

_MINUTE_MS = 60_000
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # two servers on one port would share its calls, unnoticed
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_connection_age_ms", 30 * _MINUTE_MS),  # clients spread over new replicas
    ("grpc.max_connection_age_grace_ms", 5 * _MINUTE_MS),
)
_NOTICE_S = 0.1  # for those who watch our health to hear NOT_SERVING before their call ends

_log = get_logger()


async def serve(
    settings: RpcSettings,
    services: Mapping[str, Register],
    *,
    cleanups: Sequence[Cleanup] = (),
    registry: CollectorRegistry | None = None,
) -> "RpcServer":
    """Start a server; its `address` says where. `await server.run()` then serves until a signal.

    Args:
        settings: where to listen, whom to let in, how much to take.
        services: by full name (`bakehouse.v1.JobService`), what adds each to a server:
            `partial(add_JobServiceServicer_to_server, servicer)`.
        cleanups: what to close after the last call has ended, in this order. Not when the start fails.
        registry: where metrics are kept, if there are others than the server's to show.

    Raises:
        StateError: an address is taken; the message says which setting to change.
        InvalidInputError: an address or a TLS file is none.
    """
    bootstrap_tokens(settings.tokens_file)
    server = RpcServer(settings, cleanups=cleanups, registry=registry or CollectorRegistry())
    await server.start(services)
    return server


class RpcServer:
    """A server. `serve` makes and starts it; `address` and `metrics_address` say where it is to be found."""

    def __init__(
        self, settings: RpcSettings, *, cleanups: Sequence[Cleanup], registry: CollectorRegistry
    ) -> None:
        self._settings = settings
        self._cleanups = cleanups
        self._registry = registry
        self._watches = WatchGuard()
        self._health = health.aio.HealthServicer()
        self._metrics: MetricsServer | None = None
        self._server = aio.server(
            interceptors=[self._interceptor()],
            options=_OPTIONS,
            maximum_concurrent_rpcs=settings.concurrent_calls,
        )
        self._stopping = asyncio.Lock()
        self._is_stopped = False
        self.address = ""
        self.metrics_address = ""

    async def start(self, services: Mapping[str, Register]) -> None:
        """Listen, and take calls for `services`. Once only. Raises as `serve` does."""
        for add in services.values():
            add(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for name in services:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        if self._settings.reflection:
            names = (*services, health.SERVICE_NAME, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._server)
        self.address = str(self._bind())
        self._show_metrics()
        await self._server.start()
        _log.info(
            "serving", address=self.address, metrics_address=self.metrics_address, services=sorted(services)
        )

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then stop."""
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        try:
            await asked.wait()
        finally:
            await self.stop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def stop(self) -> None:
        """Refuse new calls, end watches, let the others end within the grace, then clean up. Twice is once.

        A cleanup that fails is logged, and the next one runs.
        """
        async with self._stopping:
            if not self._is_stopped:
                self._is_stopped = True
                await self._stop()

    async def _stop(self) -> None:
        _log.info("stopping", address=self.address)
        await self._health.enter_graceful_shutdown()
        if self._watches.num_open:
            await asyncio.sleep(_NOTICE_S)
            self._watches.end_all()
        await self._server.stop(self._settings.stop_grace_s)
        if self._metrics is not None:
            await asyncio.to_thread(self._metrics.stop)
        for cleanup in self._cleanups:
            try:
                await cleanup()
            except Exception:  # noqa: BLE001 - the end of the process: the others are to be closed, too
                _log.exception("cleanup_failed")
        _log.info("stopped", address=self.address)

    def _interceptor(self) -> GuardInterceptor:
        settings = self._settings
        limits = LimitGuard(
            calls_per_second=settings.calls_per_second,
            burst=settings.calls_at_once,
            open_streams=settings.open_streams,
        )
        guards: list[Guard] = [
            answer_errors,
            bind_ids,
            MetricsGuard(self._registry),
            self._watches,
            TokenGuard(TokenFile(settings.tokens_file)),
            limits,
            DeadlineGuard(default_s=settings.default_deadline_s),
        ]
        return GuardInterceptor(guards, check=check_project)

    def _bind(self) -> Address:
        settings = self._settings
        wanted = parse_address(settings.listen, setting="BAKEHOUSE_LISTEN")
        if not settings.tls_certificate and not wanted.is_loopback:
            _log.warning("listening_without_tls", address=str(wanted))
        try:
            port = self._add_port(str(wanted))
        except RuntimeError as error:  # all that gRPC tells; the reason is on its own stderr
            raise StateError(
                f"can't listen on {wanted}: it is in use or not this machine's, or the TLS files don't fit;"
                " stop what listens there, or set BAKEHOUSE_LISTEN to another address (port 0: any free one)"
            ) from error
        return Address(host=wanted.host, port=port)

    def _add_port(self, address: str) -> int:
        settings = self._settings
        if not settings.tls_certificate:
            return self._server.add_insecure_port(address)
        credentials = server_credentials(
            certificate=settings.tls_certificate, key=settings.tls_key, client_ca=settings.tls_client_ca
        )
        return self._server.add_secure_port(address, credentials)

    def _show_metrics(self) -> None:
        if self._settings.metrics_address:
            wanted = parse_address(self._settings.metrics_address, setting="BAKEHOUSE_METRICS_ADDRESS")
            self._metrics = MetricsServer(wanted, self._registry)
            self.metrics_address = str(self._metrics.address)
