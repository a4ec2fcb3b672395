"""What is asked of the event stream."""

import uuid

import pytest

from bakehouse.errors import UnavailableError
from bakehouse.events.shapes import EVENTS, Event
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from gateway.event_stream import EventStream
from tests.nats_process import NatsProcess


async def test_it_knows_the_newest_message(connection: Connection) -> None:
    sequence = await connection.publish(f"events.p.job.{uuid.uuid4().hex}.state", b"{}")
    state = await EventStream(connection).state()
    assert state.first <= sequence <= state.last


async def test_it_is_another_stream_once_it_was_made_anew(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        stream = EventStream(connection)
        seen = []
        for _ in range(2):
            await connection.api(f"STREAM.CREATE.{EVENTS}", {"name": EVENTS, "subjects": ["events.>"]})
            seen.append((await stream.state()).made)
            await connection.api(f"STREAM.DELETE.{EVENTS}")
        assert seen[0] != seen[1]


async def test_it_is_the_same_stream_after_a_kill(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        await connection.api(f"STREAM.CREATE.{EVENTS}", {"name": EVENTS, "subjects": ["events.>"]})
        before = await EventStream(connection).state()
    own_nats.kill()
    own_nats.start()
    async with connected(own_nats.settings, name="test") as connection:
        assert await EventStream(connection).state() == before


async def test_an_empty_stream_begins_with_its_next_message(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        config = {"name": EVENTS, "subjects": ["events.>"], "first_seq": 100}
        await connection.api(f"STREAM.CREATE.{EVENTS}", config)
        state = await EventStream(connection).state()
        assert (state.first, state.last) == (100, 99)


async def test_it_knows_what_lies_behind_a_place(connection: Connection) -> None:
    stream, job = EventStream(connection), uuid.uuid4().hex
    sequence = await connection.publish(f"events.p.job.{job}.state", b"{}")
    assert await stream.has_after(sequence - 1, f"events.p.job.{job}.>")
    assert not await stream.has_after(sequence, f"events.p.job.{job}.>")


async def test_a_stream_that_is_not_there_is_away(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        stream = EventStream(connection)
        with pytest.raises(UnavailableError):
            await stream.state()
        with pytest.raises(UnavailableError):
            await stream.has_after(0, "events.p.>")


async def test_a_few_events_are_read_in_order(connection: Connection) -> None:
    stream, job = EventStream(connection), uuid.uuid4().hex
    for number in range(3):
        event = Event(
            id=str(number), project="p", kind="job", resource=job, type="adapter", time="", data={"n": number}
        )
        await connection.publish(event.nats_subject, event.encode())
    await connection.publish(f"events.p.job.{job}.progress", b"{}")
    told = await stream.few(f"events.p.job.{job}.adapter")
    assert [event.data["n"] for event in told] == [0, 1, 2]
    assert await stream.few("events.p.job.nobody.adapter") == []
