"""A job's events: every transition exactly once, progress at most once a second."""

from contextlib import suppress
from dataclasses import replace

from bakehouse.canonical_json import Json
from bakehouse.errors import CapacityError, StaleError, UnavailableError
from bakehouse.events.shapes import EVENTS, Event, decode_event
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.pipe import WAITING
from bakehouse.jobs.record import JobRecord, Transition
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.registry.records import now_text


async def announce_transitions(connection: Connection, record: JobRecord) -> JobRecord:
    """Publish the transitions that the stream lacks; the record that knows they are there.

    Two announcers of one job don't double an event: each publishes behind the last one it read.
    """
    while record.num_announced < len(record.transitions):
        event = _transition_event(record, 0)
        last = await connection.last_message(EVENTS, event.nats_subject)
        number = record.num_announced
        if last is not None:
            told = decode_event(last.subject, last.data).data["number"]
            number = max(number, int(str(told)) + 1)
        if number < len(record.transitions):
            event = _transition_event(record, number)
            try:
                await connection.publish(
                    event.nats_subject, event.encode(), after_sequence=last.sequence if last else 0
                )
            except StaleError:
                continue
            number += 1
        record = replace(record, num_announced=number)
    return record


async def announce_progress(connection: Connection, record: JobRecord) -> None:
    """Publish how far a job is."""
    event = Event(
        id=f"job/{record.job}/progress/{record.epoch}-{record.done_units}-{record.failed_items}",
        project=record.project,
        kind=JOB_KIND,
        resource=record.job,
        type="progress",
        time=now_text(),
        data=progress_of(record),
    )
    await connection.publish(event.nats_subject, event.encode(), message_id=event.id)


async def announce_waiting(connection: Connection, record: JobRecord, reason: str) -> None:
    """Publish what a job waits for. Where NATS is away, too, nobody is told."""
    time = now_text()
    event = Event(
        id=f"job/{record.job}/{WAITING}/{record.epoch}-{time}",
        project=record.project,
        kind=JOB_KIND,
        resource=record.job,
        type=WAITING,
        time=time,
        data={"reason": reason},
    )
    with suppress(UnavailableError, CapacityError):
        await connection.publish(event.nats_subject, event.encode(), message_id=event.id)


def progress_of(record: JobRecord) -> dict[str, Json]:
    """The counts that events and the API show."""
    return {
        "num_units": record.num_units,
        "done_units": record.done_units,
        "num_items": record.planned_items,
        "done_items": max(0, record.done_items - record.num_reused),
        "failed_items": record.failed_items,
        "num_hits": record.hit_items,
    }


def _transition_event(record: JobRecord, number: int) -> Event:
    transition: Transition = record.transitions[number]
    data: dict[str, Json] = {"number": number, "state": transition.state, "kind": record.kind}
    if number == len(record.transitions) - 1:
        data |= progress_of(record)
        if record.error is not None:
            data["error"] = {"reason": record.error.reason, "message": record.error.message}
    return Event(
        id=f"job/{record.job}/state/{number}",
        project=record.project,
        kind=JOB_KIND,
        resource=record.job,
        type="state",
        time=transition.time,
        data=data,
    )
