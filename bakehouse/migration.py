"""The one step that makes streams, buckets and durable consumers. Workers and services never do.

It may run at any time and as often as one likes: what is there is brought up to date, what is missing is
made. A new stream starts at a sequence beyond any that an earlier one of its name reached, so that a
revision or a position from before a loss never looks like one of after it.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bakehouse.events.shapes import EVENTS
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.rates import RATES_BUCKET
from bakehouse.jobs.subjects import WorkClass
from bakehouse.logs import get_logger
from bakehouse.registry.records import REGISTRY_BUCKET
from bakehouse.topology import Service

_DAY_S = 86_400
_GIB = 1 << 30

log = get_logger()

Config = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the migration may vary: replicas (3 in a cluster), and how soon a silent supervisor is dead."""

    replicas: int = 1
    work_max_bytes: int = _GIB
    supervise_ack_wait_s: float = 10.0


async def migrate(connection: Connection, services: Iterable[Service], layout: Layout) -> list[str]:
    """Make or update everything; the names of the streams that were missing.

    Raises:
        UnavailableError: JetStream is away, or refuses (the message says what).
    """
    present = set((await connection.api("STREAM.NAMES")).get("streams") or [])
    made = []
    for config in _streams(layout):
        name = str(config["name"])
        if name in present:
            await _update_stream(connection, name, config)
        else:
            await connection.api(f"STREAM.CREATE.{name}", {**config, "first_seq": time.time_ns() // 1000})
            made.append(name)
    for service in services:
        for stream, config in _consumers(service, layout):
            create = f"CONSUMER.CREATE.{stream}.{config['durable_name']}.{config['filter_subject']}"
            await connection.api(create, {"stream_name": stream, "config": config})
    if made:
        log.info("streams_made", streams=made)
    return made


async def _update_stream(connection: Connection, name: str, wanted: Config) -> None:
    present = (await connection.api(f"STREAM.INFO.{name}"))["config"]
    if any(present.get(key) != value for key, value in wanted.items()):
        await connection.api(f"STREAM.UPDATE.{name}", {**present, **wanted})


def _streams(layout: Layout) -> Iterator[Config]:
    common = {"storage": "file", "num_replicas": layout.replicas, "allow_direct": True}
    yield {
        **common,
        "name": subjects.WORK,
        "subjects": ["work.>"],
        "retention": "workqueue",
        "discard": "new",
        "max_bytes": layout.work_max_bytes,
        "allow_atomic": True,
    }
    # One message a job: a second one takes the place of the first, and its receiver takes the job over.
    yield {
        **common,
        "name": subjects.SUPERVISE,
        "subjects": ["supervise.>"],
        "retention": "workqueue",
        "max_msgs_per_subject": 1,
        "discard": "old",
    }
    yield {
        **common,
        "name": subjects.DONE,
        "subjects": ["done.>"],
        "retention": "limits",
        "discard": "old",
        "max_age": _DAY_S * 10**9,
    }
    yield {
        **common,
        "name": EVENTS,
        "subjects": ["events.>"],
        "retention": "limits",
        "discard": "old",
        "max_age": 7 * _DAY_S * 10**9,
        "max_bytes": 4 * _GIB,
    }
    for bucket in (subjects.JOBS_BUCKET, RATES_BUCKET, REGISTRY_BUCKET):
        yield {
            **common,
            "name": f"KV_{bucket}",
            "subjects": [f"$KV.{bucket}.>"],
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
            "allow_rollup_hdrs": True,
            "deny_delete": True,
        }


def _consumers(service: Service, layout: Layout) -> Iterator[tuple[str, Config]]:
    def durable(name: str, pattern: str, ack_wait_s: float) -> Config:
        return {
            "durable_name": name,
            "name": name,
            "filter_subject": pattern,
            "ack_policy": "explicit",
            "ack_wait": int(ack_wait_s * 1e9),
            "max_deliver": -1,
            "max_ack_pending": 50_000,
            "max_waiting": 2048,
            "num_replicas": layout.replicas,
        }

    yield (
        subjects.SUPERVISE,
        durable(
            subjects.supervise_consumer(service.name),
            subjects.supervise_of_service(service.name),
            layout.supervise_ack_wait_s,
        ),
    )
    for pool in service.pools.values():
        for work_class in WorkClass:
            name = subjects.work_consumer(service.name, pool.name, work_class)
            pattern = subjects.work_of_pool(service.name, pool.name, work_class)
            yield subjects.WORK, durable(name, pattern, pool.ack_wait_s)
