import asyncio
import uuid

import pytest

from bakehouse.errors import InvalidInputError, StaleError, UnavailableError
from bakehouse.jetstream.connection import Connection, Outgoing


def done_subject() -> str:
    return f"done.toy.p.{uuid.uuid4().hex}"


async def test_a_message_id_is_stored_once(connection: Connection) -> None:
    subject = done_subject()
    first = await connection.publish(subject, b"a", message_id=subject)
    assert await connection.publish(subject, b"a", message_id=subject) == first
    assert await connection.subjects("DONE", subject) == {subject: 1}


async def test_after_sequence_refuses_a_second_writer(connection: Connection) -> None:
    subject = done_subject()
    first = await connection.publish(subject, b"a", after_sequence=0)
    with pytest.raises(StaleError):
        await connection.publish(subject, b"b", after_sequence=0)
    await connection.publish(subject, b"b", after_sequence=first)


async def test_a_batch_is_all_or_none_and_twice_is_once(connection: Connection) -> None:
    job = uuid.uuid4().hex
    batch = [
        Outgoing(subject=f"work.toy.cpu.bulk.p.{job}.{n}", data=b"x", message_id=f"{job}/{n}")
        for n in range(300)
    ]
    await connection.publish_batch(batch)
    await connection.publish_batch(batch)
    found = await connection.subjects("WORK", f"work.*.*.*.p.{job}.*")
    assert found == {message.subject: 1 for message in batch}
    await connection.purge("WORK", f"work.*.*.*.p.{job}.*")
    assert await connection.subjects("WORK", f"work.*.*.*.p.{job}.*") == {}


async def test_a_batch_has_a_limit(connection: Connection) -> None:
    with pytest.raises(InvalidInputError, match="1001 messages"):
        await connection.publish_batch([Outgoing(subject="done.toy.p.x", data=b"")] * 1001)


async def test_the_last_message_of_a_subject(connection: Connection) -> None:
    subject = done_subject()
    assert await connection.last_message("DONE", subject) is None
    await connection.publish(subject, b"a")
    sequence = await connection.publish(subject, b"b", headers={"Kind": "b"})
    last = await connection.last_message("DONE", subject)
    assert last is not None
    assert (last.data, last.sequence, last.headers["Kind"]) == (b"b", sequence, "b")


async def test_nobody_listens_for_an_unknown_subject(connection: Connection) -> None:
    with pytest.raises(UnavailableError):
        await connection.publish("nowhere", b"")


async def test_a_task_that_does_nothing_but_ask_ends_when_it_is_cancelled(connection: Connection) -> None:
    async def ask() -> None:
        while True:
            await connection.api("INFO")

    tasks = [asyncio.create_task(ask()) for _ in range(30)]
    for task in tasks:
        await asyncio.sleep(0.003)
        task.cancel()
    _, running = await asyncio.wait(tasks, timeout=5)
    assert not running
