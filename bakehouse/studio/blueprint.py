"""Which processes a studio is made of, with their commands and environments. Starts none."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakehouse.rpc.addresses import Address
from bakehouse.studio.home import Home
from bakehouse.studio.kept_process import ProcessSpec
from bakehouse.studio.nats_server import NatsServer
from bakehouse.topology import Pool, Service

# What others than the whole studio are told by the same environment.
_OF_CLIENTS = {"ADDRESS", "TOKEN", "HOME", "TLS_CA"}
_OF_GATEWAY = {
    "LISTEN",
    "HTTP_LISTEN",
    "PUBLIC_URL",
    "METRICS_ADDRESS",
    "REFLECTION",
    "TLS_CERTIFICATE",
    "TLS_KEY",
    "TLS_CLIENT_CA",
}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OF_SERVICES = {"SECRETS_DIR", "SOURCE_ROOTS"}
_NAMED = "SECRET_"  # what recipes name: for the services, which use them, and nobody else
_OURS = {"NATS_URL", "NATS_TOKEN", "NATS_CA", "NATS_CERTIFICATE", "NATS_KEY", "SIGNING_KEY"}

_PREFIX = "BAKEHOUSE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything of one run is."""

    listen: Address
    http_listen: Address
    store_url: str
    nats: NatsServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """The processes, in the order in which they are started; they are stopped the other way round."""

    nats: ProcessSpec
    gateway: ProcessSpec
    serve: Sequence[ProcessSpec]
    work: Sequence[ProcessSpec]


def draw(
    home: Home, places: Places, services: Mapping[Path, Service], *, inherited: Mapping[str, str]
) -> Blueprint:
    """The processes of a studio.

    Args:
        home: where their logs and secrets are.
        places: where they find each other.
        services: what is to be served, by the files that declare it.
        inherited: this process's environment, of which each gets what is for it.

    Raises:
        UnavailableError: nats-server is not installed.
    """
    whole = {key: value for key, value in inherited.items() if not _is_one_of(key, _OF_CLIENTS | _OURS)}
    of_services = {key: value for key, value in whole.items() if not _is_one_of(key, _OF_GATEWAY)}
    outside = {key: value for key, value in whole.items() if not _is_of_services(key)}
    inner = {key: value for key, value in outside.items() if not _is_one_of(key, _OF_GATEWAY)}
    shared = _settings(
        nats_url=places.nats.url,
        nats_token=places.nats.token,
        store_url=places.store_url,
        tokens_file=str(home.tokens_file),
        scratch=str(home.scratch),
        log_format="json",
    )
    gateway = _settings(
        listen=str(places.listen),
        http_listen=str(places.http_listen),
        signing_key=home.secret("signing-key"),
        services=os.pathsep.join(str(path.resolve()) for path in services),
    )
    python = _Python(home, _roots(places, inherited) | of_services | shared)
    return Blueprint(
        nats=ProcessSpec(
            name="nats-server",
            command=places.nats.command(),
            environment=inner,
            log=home.log_file("nats-server"),
        ),
        gateway=_Python(home, outside | shared | gateway).run("gateway", "gateway"),
        serve=[python.run(serve_name(s), s.module, "serve") for s in services.values()],
        work=[
            python.run(name, s.module, "work", "--pool", pool.name)
            for s in services.values()
            for pool in s.pools.values()
            for name in work_names(s, pool)
        ],
    )


def serve_name(service: Service) -> str:
    """What the process that supervises a service's jobs is called."""
    return f"{service.name}-serve"


def work_names(service: Service, pool: Pool) -> list[str]:
    """What a pool's workers are called."""
    return [f"{service.name}-{pool.name}-{number}" for number in range(1, pool.processes + 1)]


@dataclass(frozen=True, slots=True)
class _Python:
    """Programs of this Python with one environment."""

    home: Home
    environment: Mapping[str, str]

    def run(self, name: str, module: str, *arguments: str) -> ProcessSpec:
        return ProcessSpec(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            environment=self.environment,
            log=self.home.log_file(name),
        )


def _settings(**settings: str) -> dict[str, str]:
    return {f"{_PREFIX}{name.upper()}": value for name, value in settings.items()}


def _roots(places: Places, inherited: Mapping[str, str]) -> dict[str, str]:
    """Folders that recipes may name by `server:`: the user's own, where nobody else can reach the studio."""
    if places.listen.host not in _LOOPBACK or not inherited.get("HOME"):
        return {}
    return _settings(source_roots=inherited["HOME"])


def _is_of_services(key: str) -> bool:
    return key.startswith(_PREFIX + _NAMED) or _is_one_of(key, _OF_SERVICES)


def _is_one_of(key: str, names: set[str]) -> bool:
    return key.removeprefix(_PREFIX) in names if key.startswith(_PREFIX) else False
