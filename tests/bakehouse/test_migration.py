from bakehouse.jetstream.connecting import connected
from bakehouse.migration import Layout, migrate
from bakehouse.topology import Pool, Service, load_services
from tests.conftest import TOY
from tests.nats_process import NatsProcess


async def test_it_makes_what_is_missing_and_twice_is_once(own_nats: NatsProcess) -> None:
    toy = list(load_services([TOY]).values())
    async with connected(own_nats.settings, name="test") as connection:
        made = await migrate(connection, toy, Layout())
        assert made == ["WORK", "SUPERVISE", "DONE", "EVENTS", "KV_jobs", "KV_rates", "KV_registry"]
        assert await migrate(connection, toy, Layout()) == []
        consumers = await connection.api("CONSUMER.NAMES.WORK")
        assert sorted(consumers["consumers"]) == ["work-toy-cpu-bulk", "work-toy-cpu-interactive"]


async def test_a_changed_layout_is_brought_up_to_date(own_nats: NatsProcess) -> None:
    service = Service(name="s", module="", pools={"p": Pool(name="p", ack_wait_s=5)}, kinds={})
    slower = Service(name="s", module="", pools={"p": Pool(name="p", ack_wait_s=9)}, kinds={})
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [service], Layout())
        await migrate(connection, [slower], Layout(work_max_bytes=1 << 24))
        stream = await connection.api("STREAM.INFO.WORK")
        consumer = await connection.api("CONSUMER.INFO.WORK.work-s-p-bulk")
    assert stream["config"]["max_bytes"] == 1 << 24
    assert consumer["config"]["ack_wait"] == 9 * 10**9


async def test_a_stream_made_anew_goes_on_behind_the_lost_one(own_nats: NatsProcess) -> None:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        before = await connection.publish("done.toy.p.j", b"")
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        assert await connection.publish("done.toy.p.j", b"") > before
