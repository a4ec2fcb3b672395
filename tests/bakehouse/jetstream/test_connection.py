import asyncio
import uuid
from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError, StaleError, UnavailableError
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection, Outgoing
from bakehouse.settings import ProcessSettings
from tests.nats_process import NatsProcess
from tests.ports import free_port


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


async def test_away_at_start_names_the_remedy() -> None:
    settings = ProcessSettings.model_validate(
        {"nats_url": f"nats://127.0.0.1:{free_port()}", "nats_patience_s": 1}
    )
    with pytest.raises(UnavailableError, match=r"does not answer .* set BAKEHOUSE_NATS_URL"):
        async with connected(settings, name="test"):
            pass


async def test_a_wrong_token_is_not_repeated_in_the_message(own_nats: NatsProcess, tmp_path: Path) -> None:
    settings = ProcessSettings.model_validate(
        {"nats_url": own_nats.server.url, "nats_token": "canary", "nats_patience_s": 2}
    )
    with pytest.raises(UnavailableError, match="Authorization") as caught:
        async with connected(settings, name="test"):
            pass
    assert "canary" not in caught.value.message


async def test_it_comes_back_after_a_kill(own_nats: NatsProcess) -> None:
    returned = asyncio.Event()
    async with connected(own_nats.settings, name="test") as connection:
        connection.on_return(returned.set)
        own_nats.kill()
        own_nats.start()
        async with asyncio.timeout(10):
            await returned.wait()
        assert await connection.api("INFO")


async def test_who_is_in_the_url_is_not_repeated_in_the_message() -> None:
    url = f"nats://someone:canary@127.0.0.1:{free_port()}"
    settings = ProcessSettings.model_validate({"nats_url": url, "nats_patience_s": 1})
    with pytest.raises(UnavailableError) as caught:
        async with connected(settings, name="test"):
            pass
    assert "canary" not in caught.value.message


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
