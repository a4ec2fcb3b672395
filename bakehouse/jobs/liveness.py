"""Which jobs a worker may still work for: asked before a unit, and told at once when a job ends."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bakehouse.errors import CorruptionError, NotFoundError, UnavailableError
from bakehouse.events.shapes import EVENTS, decode_event
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.jobs.record import JobState
from bakehouse.jobs.records import JobRecords
from bakehouse.logs import get_logger
from bakehouse.recent import Recent
from bakehouse.registry.revisions import ResourceRef
from bakehouse.wire import UnknownSchemaError

_TRUST_S = 2.0
_KEPT = 4096
_FINAL = frozenset(state for state in JobState if state.is_final)

log = get_logger()


@dataclass(slots=True)
class _Verdict:
    is_over: bool = False
    asked_at: float = float("-inf")


class Liveness:
    """What this worker knows of jobs. `on_over` is called when one ends."""

    def __init__(
        self, connection: Connection, records: JobRecords, on_over: Callable[[ResourceRef], Awaitable[None]]
    ) -> None:
        self._connection = connection
        self._records = records
        self._on_over = on_over
        self._verdicts: Recent[ResourceRef, _Verdict] = Recent(_KEPT)

    async def is_live(self, ref: ResourceRef) -> bool:
        """Whether the job may still use results. While NATS can't be asked, it may."""
        verdict = self._verdicts.get(ref, _Verdict)
        if verdict.is_over or time.monotonic() - verdict.asked_at < _TRUST_S:
            return not verdict.is_over
        try:
            verdict.is_over = (await self._records.read(ref)).record.state.is_final
        except NotFoundError:
            verdict.is_over = True
        except UnavailableError:
            return True
        except (
            CorruptionError,
            UnknownSchemaError,
        ) as error:  # its supervisor has to judge that, not a worker
            log.error("record_not_understood", project=ref.project, job=ref.id, reason=str(error))
            return True
        verdict.asked_at = time.monotonic()
        return not verdict.is_over

    async def follow(self) -> None:
        """Listen to the states of all jobs, for ever."""
        async with tailing(self._connection, EVENTS, "events.*.job.*.state", start="new") as tail:
            async for message in tail:
                if isinstance(message, CaughtUp):
                    continue
                try:
                    event = decode_event(message.subject, message.data)
                except CorruptionError:
                    continue
                if event.data.get("state") in _FINAL:
                    ref = ResourceRef(project=event.project, kind=event.kind, id=event.resource)
                    self._verdicts.get(ref, _Verdict).is_over = True
                    await self._on_over(ref)
