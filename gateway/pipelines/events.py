"""A pipeline's events: each state that it entered, exactly once, as jobs have it."""

from bakehouse.canonical_json import Json
from bakehouse.errors import StaleError
from bakehouse.events.shapes import EVENTS, Event, decode_event
from bakehouse.jetstream.connection import Connection
from gateway.pipelines.record import PIPELINE_KIND, Pipeline


async def announce_states(connection: Connection, pipeline: Pipeline) -> int:
    """Publish the states that the stream lacks; how many of them are there then.

    Two announcers don't double an event: each publishes behind the last one that it read.
    """
    number = pipeline.body.num_announced
    while number < len(pipeline.body.entered):
        event = _event(pipeline, number)
        last = await connection.last_message(EVENTS, event.nats_subject)
        if last is not None:
            told = decode_event(last.subject, last.data).data["number"]
            number = max(number, int(str(told)) + 1)
        if number < len(pipeline.body.entered):
            event = _event(pipeline, number)
            try:
                await connection.publish(
                    event.nats_subject, event.encode(), after_sequence=last.sequence if last else 0
                )
            except StaleError:
                continue
            number += 1
    return number


def _event(pipeline: Pipeline, number: int) -> Event:
    resource, body = pipeline.resource, pipeline.body
    entry = body.entered[number]
    data: dict[str, Json] = {"number": number, "state": entry.state, "mode": body.mode}
    if body.error is not None and entry.state.is_final:
        data["error"] = {
            "stage": body.error.stage,
            "reason": body.error.reason,
            "message": body.error.message,
        }
    return Event(
        id=f"{PIPELINE_KIND}/{resource.id}/state/{number}",
        project=resource.project,
        kind=PIPELINE_KIND,
        resource=resource.id,
        type="state",
        time=entry.time,
        data=data,
    )
