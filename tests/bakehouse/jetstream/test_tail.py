import asyncio
import uuid

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection, StoredMessage
from bakehouse.jetstream.tail import CaughtUp, Tail, current, tailing
from bakehouse.migration import Layout, migrate
from tests.nats_process import NatsProcess


async def take(tail: Tail, count: int) -> list[bytes | CaughtUp]:
    async with asyncio.timeout(40):
        found = [await anext(tail) for _ in range(count)]
    return [message.data if isinstance(message, StoredMessage) else message for message in found]


async def test_from_the_first_then_caught_up_then_live(connection: Connection) -> None:
    subject = f"done.toy.p.{uuid.uuid4().hex}"
    for n in range(600):
        await connection.publish(subject, str(n).encode())
    async with tailing(connection, "DONE", subject, start="first") as tail:
        found = await take(tail, 601)
        assert found == [*(str(n).encode() for n in range(600)), CaughtUp()]
        await connection.publish(subject, b"live")
        assert await take(tail, 1) == [b"live"]


async def test_new_starts_after_what_is_there(connection: Connection) -> None:
    subject = f"done.toy.p.{uuid.uuid4().hex}"
    await connection.publish(subject, b"old")
    async with tailing(connection, "DONE", subject, start="new") as tail:
        assert await take(tail, 1) == [CaughtUp()]
        await connection.publish(subject, b"new")
        assert await take(tail, 1) == [b"new"]


async def test_from_a_sequence(connection: Connection) -> None:
    subject = f"done.toy.p.{uuid.uuid4().hex}"
    sequences = [await connection.publish(subject, data) for data in (b"a", b"b", b"c")]
    async with tailing(connection, "DONE", subject, start=sequences[1]) as tail:
        assert await take(tail, 3) == [b"b", b"c", CaughtUp()]


async def test_several_patterns_come_in_the_order_of_the_stream(connection: Connection) -> None:
    first, second, other = (f"done.toy.p.{uuid.uuid4().hex}" for _ in range(3))
    for subject, data in ((second, b"1"), (other, b"2"), (first, b"3"), (second, b"4")):
        await connection.publish(subject, data)
    async with tailing(connection, "DONE", [first, second], start="first") as tail:
        assert await take(tail, 4) == [b"1", b"3", b"4", CaughtUp()]


async def test_headers_only(connection: Connection) -> None:
    subject = f"done.toy.p.{uuid.uuid4().hex}"
    await connection.publish(subject, b"large", headers={"State": "NEW"})
    async with tailing(connection, "DONE", subject, start="first", headers_only=True) as tail:
        message = await anext(tail)
        assert isinstance(message, StoredMessage)
        assert (message.data, message.headers["State"]) == (b"", "NEW")


async def test_current_is_a_buckets_content(connection: Connection) -> None:
    bucket, key = Bucket(connection, "rates"), uuid.uuid4().hex
    revision = await bucket.create(f"{key}.a", b"1")
    await bucket.swap(f"{key}.a", b"2", revision=revision)
    await bucket.create(f"{key}.b", b"3")
    found = await current(connection, "KV_rates", f"$KV.rates.{key}.*")
    assert [message.data for message in found] == [b"2", b"3"]
    assert await current(connection, "KV_rates", "$KV.rates.no.such") == []


async def test_no_message_is_missed_or_repeated_over_kills(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        async with tailing(connection, "DONE", "done.>", start="new") as tail:
            assert await take(tail, 1) == [CaughtUp()]
            for kill in range(3):
                for n in range(50):
                    await connection.publish("done.toy.p.j", f"{kill}-{n}".encode())
                own_nats.kill()
                own_nats.start()
                await take_api(connection)
            assert await take(tail, 150) == [f"{k}-{n}".encode() for k in range(3) for n in range(50)]


async def test_a_stream_that_was_lost_is_followed_when_it_is_there_again(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        await connection.publish("done.toy.p.j", b"before")
        async with tailing(connection, "DONE", "done.>", start="first") as tail:
            assert await take(tail, 2) == [b"before", CaughtUp()]
            own_nats.kill()
            own_nats.lose_disk()
            own_nats.start()
            await take_api(connection)
            await migrate(connection, [], Layout())
            await connection.publish("done.toy.p.j", b"after")
            assert await take(tail, 1) == [b"after"]


async def take_api(connection: Connection) -> None:
    """Return when the server answers again."""
    async with asyncio.timeout(15):
        while True:
            try:
                await connection.api("INFO")
            except UnavailableError:
                await asyncio.sleep(0.1)
            else:
                return
