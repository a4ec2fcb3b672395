import asyncio
import uuid

import pytest

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.pull import pulling
from bakehouse.migration import Layout, migrate
from bakehouse.topology import Pool, Service
from tests.nats_process import NatsProcess


@pytest.fixture
async def service(connection: Connection) -> Service:
    """A service of one test alone, whose units are lost after a second of silence."""
    name = f"t{uuid.uuid4().hex[:8]}"
    service = Service(name=name, module="", pools={"p": Pool(name="p", ack_wait_s=1.0)}, kinds={})
    await migrate(connection, [service], Layout())
    return service


async def publish(connection: Connection, service: Service, unit: int) -> None:
    await connection.publish(f"work.{service.name}.p.bulk.project.job.{unit}", str(unit).encode())


async def test_take_and_ack(connection: Connection, service: Service) -> None:
    await publish(connection, service, 1)
    async with pulling(connection, stream="WORK", durable=f"work-{service.name}-p-bulk") as pull:
        delivery = await pull.take(wait_s=1)
        assert delivery is not None
        assert (delivery.data, delivery.num_delivered) == (b"1", 1)
        await delivery.ack()
        assert await pull.take(wait_s=0) is None
    assert await connection.subjects("WORK", f"work.{service.name}.>") == {}


async def test_a_waiting_take_is_served_at_once(connection: Connection, service: Service) -> None:
    async with pulling(connection, stream="WORK", durable=f"work-{service.name}-p-bulk") as pull:
        taking = asyncio.create_task(pull.take(wait_s=20))
        await asyncio.sleep(0.1)
        await publish(connection, service, 1)
        async with asyncio.timeout(2):
            delivery = await taking
        assert delivery is not None
        await delivery.ack()


async def test_a_message_for_an_abandoned_take_goes_to_the_next(
    connection: Connection, service: Service
) -> None:
    async with pulling(connection, stream="WORK", durable=f"work-{service.name}-p-bulk") as pull:
        taking = asyncio.create_task(pull.take(wait_s=20))
        await asyncio.sleep(0.1)
        taking.cancel()
        await publish(connection, service, 1)
        await asyncio.sleep(0.2)
        delivery = await pull.take(wait_s=1)
        assert delivery is not None
        assert delivery.num_delivered == 1
        await delivery.ack()


async def test_what_is_kept_alive_is_not_redelivered(connection: Connection, service: Service) -> None:
    await publish(connection, service, 1)
    async with pulling(connection, stream="WORK", durable=f"work-{service.name}-p-bulk") as pull:
        delivery = await pull.take(wait_s=1)
        assert delivery is not None
        for _ in range(5):
            await asyncio.sleep(0.4)
            await delivery.keep_alive()
        assert await pull.take(wait_s=0) is None
        again = await pull.take(wait_s=3)  # and now that it is silent, it is
        assert again is not None
        assert again.num_delivered == 2
        await again.ack()


async def test_what_is_handed_back_is_redelivered_after_its_delay(
    connection: Connection, service: Service
) -> None:
    await publish(connection, service, 1)
    async with pulling(connection, stream="WORK", durable=f"work-{service.name}-p-bulk") as pull:
        delivery = await pull.take(wait_s=1)
        assert delivery is not None
        await delivery.hand_back(delay_s=0.5)
        assert await pull.take(wait_s=0) is None
        again = await pull.take(wait_s=2)
        assert again is not None
        await again.ack()


async def test_a_missing_consumer_is_an_error(connection: Connection) -> None:
    async with pulling(connection, stream="WORK", durable="nobody-made-this") as pull:
        with pytest.raises(UnavailableError):
            await pull.take(wait_s=1)


async def test_a_standing_take_ends_when_the_server_returns(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        service = Service(name="s", module="", pools={"p": Pool(name="p")}, kinds={})
        await migrate(connection, [service], Layout())
        async with pulling(connection, stream="WORK", durable="work-s-p-bulk") as pull:
            taking = asyncio.create_task(pull.take(wait_s=60))
            await asyncio.sleep(0.1)
            own_nats.kill()
            own_nats.start()
            async with asyncio.timeout(10):
                assert await taking is None
            await publish(connection, service, 1)
            assert await pull.take(wait_s=2) is not None
