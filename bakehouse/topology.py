"""Which services there are, with their kinds of job and pools of workers: read from each one's service.toml.

It is data, so that the migration, the gateway and the studio know a service without importing it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.errors import BakehouseError, InvalidInputError
from bakehouse.ids import parse_id

SERVICES_FOLDER = Path(__file__).resolve().parent.parent / "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A kind of worker.

    `processes` is how many `bakehouse up` starts, `ack_wait_s` how long a silent worker keeps a unit, and
    `memory_limit_mib` how much its child may hold (0: no limit).
    """

    name: str
    processes: int = 1
    ack_wait_s: float = 30.0
    memory_limit_mib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: `python -m MODULE serve | work --pool POOL`. `kinds` says which pool computes a kind.

    `functions` are the kinds whose result depends on spec and inputs alone.
    """

    name: str
    module: str
    pools: Mapping[str, Pool]
    kinds: Mapping[str, str]
    functions: frozenset[str] = frozenset()

    def pool_of(self, kind: str) -> Pool:
        """The pool whose workers compute jobs of `kind` (the full name, `dataset.ingest`)."""
        return self.pools[self.kinds[kind]]


def load_services(paths: Iterable[Path]) -> dict[str, Service]:
    """The services that these service.toml files declare, by name.

    Raises:
        InvalidInputError: a file is missing or wrong; the message names file, key and remedy.
    """
    services = [_load(path) for path in paths]
    return {service.name: service for service in services}


def installed_services() -> list[Path]:
    """The service.toml of every service that is part of this installation."""
    return sorted(SERVICES_FOLDER.glob("*/service.toml"))


def _load(path: Path) -> Service:
    try:
        text = path.read_text()
        table = tomllib.loads(text)
        pools = {name: Pool(name=parse_id(name, field="pools"), **p) for name, p in table["pools"].items()}
        name = parse_id(table["name"], field="name")
        declared = {f"{name}.{parse_id(kind, field='kinds')}": k for kind, k in table["kinds"].items()}
        service = Service(
            name=name,
            module=table["module"],
            pools=pools,
            kinds={kind: k["pool"] for kind, k in declared.items()},
            functions=frozenset(kind for kind, k in declared.items() if k.get("is_function", False)),
        )
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"{path} is not there; BAKEHOUSE_SERVICES names service.toml files"
        ) from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, BakehouseError) as error:
        raise InvalidInputError(
            f"{path}: {error}; it needs name, module, pools.NAME and kinds.NAME.pool"
        ) from error
    for kind, pool in service.kinds.items():
        if pool not in service.pools:
            raise InvalidInputError(
                f"{path}: kind {kind} names pool {pool!r}; it has {sorted(service.pools)}"
            )
    return service
