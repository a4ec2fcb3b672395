import asyncio

from bakehouse.jetstream.pull import pulling
from bakehouse.jobs.keeper import keeping
from tests.toy.kitchen import Kitchen


async def test_what_is_held_stays_and_what_is_released_goes_back(toy: Kitchen) -> None:
    await toy.connection.publish(f"work.{toy.service.name}.cpu.bulk.p.j.0", b"x")
    durable = f"work-{toy.service.name}-cpu-bulk"  # lost after 4 s of silence
    async with (
        keeping(ack_wait_s=3) as keeper,
        pulling(toy.connection, stream="WORK", durable=durable) as pull,
    ):
        delivery = await pull.take(wait_s=2)
        assert delivery is not None
        keeper.hold(delivery)
        assert await pull.take(wait_s=6) is None
        keeper.release(delivery)
        async with asyncio.timeout(8):
            again = await pull.take(wait_s=8)
        assert again is not None
        assert again.num_delivered == 2
        await again.ack()
