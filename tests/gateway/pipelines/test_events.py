"""States of pipelines in the event stream: each once, in order, whoever announces."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bakehouse.canonical_json import Json
from bakehouse.events.shapes import EVENTS, decode_event
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.tail import CaughtUp, current, tailing
from gateway.pipelines.events import announce_states
from gateway.pipelines.record import Pipeline, PipelineError, PipelineState
from tests.gateway.bakes import pipeline, states

OVER = states(PipelineState.QUEUED, PipelineState.RUNNING, PipelineState.FAILED)


def own_pipeline(**changes: Any) -> Pipeline:
    return pipeline(f"b{uuid.uuid4().hex[:10]}", **changes)


async def told(connection: Connection, entry: Pipeline) -> list[Mapping[str, Json]]:
    found: list[Mapping[str, Json]] = []
    pattern = f"events.p.pipeline.{entry.resource.id}.>"
    number = len(await current(connection, EVENTS, pattern))
    async with tailing(connection, EVENTS, pattern, start="first") as tail:
        while number and (not found or found[-1]["number"] != len(entry.body.entered) - 1):
            message = await anext(tail)
            if not isinstance(message, CaughtUp):
                found.append(decode_event(message.subject, message.data).data)
    return found


async def test_each_state_is_told_once_whoever_tells(connection: Connection) -> None:
    error = PipelineError(stage="train", reason="CONFIG", message="no flour")
    entry = own_pipeline(entered=OVER, error=error)
    numbers = await asyncio.gather(*(announce_states(connection, entry) for _ in range(4)))
    assert numbers == [3, 3, 3, 3]
    seen = await told(connection, entry)
    assert [event["state"] for event in seen] == ["QUEUED", "RUNNING", "FAILED"]
    assert seen[-1]["error"] == {"stage": "train", "reason": "CONFIG", "message": "no flour"}
    assert "error" not in seen[0]


async def test_what_was_told_is_not_told_again(connection: Connection) -> None:
    entry = own_pipeline()
    assert await announce_states(connection, entry) == 1
    further = replace(entry, body=replace(entry.body, entered=OVER[:2]))
    assert await announce_states(connection, further) == 2
    assert [event["number"] for event in await told(connection, further)] == [0, 1]
