"""When a studio is ready. With all its processes it is tested in tests/e2e/test_up.py."""

import asyncio
import sys
from pathlib import Path

import pytest

from bakehouse.client.local import Place
from bakehouse.errors import StateError
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.pull import pulling
from bakehouse.jobs.subjects import WorkClass, supervise_consumer, work_consumer
from bakehouse.rpc.addresses import Address
from bakehouse.studio.group import ProcessGroup
from bakehouse.studio.kept_process import KeptProcess, ProcessSpec
from bakehouse.studio.readiness import comes, gateway_answers, listens, until_services_ready
from bakehouse.topology import load_services
from tests.bakehouse.rpc.kitchen import Kitchen
from tests.conftest import TOY
from tests.ports import free_port

DURABLE = work_consumer("toy", "cpu", WorkClass.INTERACTIVE)


def kept(folder: Path, name: str, code: str = "") -> KeptProcess:
    spec = ProcessSpec(name=name, command=[sys.executable, "-c", code], log=folder / name)
    return KeptProcess(spec, ProcessGroup(), changed=lambda: None, say=lambda _: None)


async def test_what_comes_has_come() -> None:
    assert await comes(asyncio.sleep(0), [])


async def test_what_comes_too_late_has_not_come() -> None:
    assert not await comes(asyncio.sleep(60), [], within_s=0.1)


async def test_nobody_waits_for_what_fails(tmp_path: Path) -> None:
    process = kept(tmp_path, "p", "raise SystemExit(1)")
    running = asyncio.create_task(process.run())
    assert not await comes(asyncio.sleep(60), [process])
    await process.stop(grace_s=1)
    await running


async def test_a_server_that_is_not_there_yet_is_waited_for() -> None:
    address = Address(host="127.0.0.1", port=free_port())
    listening = asyncio.create_task(listens(address))
    await asyncio.sleep(0.1)
    assert not listening.done()
    server = await asyncio.start_server(lambda _, writer: writer.close(), address.host, address.port)
    await listening
    server.close()
    await server.wait_closed()


async def test_a_token_that_is_not_known_is_said(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    server = await kitchen.open()
    host, _, port = server.address.partition(":")
    place = Place(address=server.address, token="bh_revoked")
    with pytest.raises(StateError, match="token"):
        await gateway_answers(Address(host=host, port=int(port)), place)
    await kitchen.close()


async def test_services_are_ready_when_all_ask_for_work(connection: Connection, tmp_path: Path) -> None:
    (service,) = load_services([TOY]).values()
    processes = {name: kept(tmp_path, name) for name in ("toy-serve", "toy-cpu-1", "toy-cpu-2")}
    waiting = asyncio.create_task(until_services_ready(connection, [service], processes))
    async with (
        pulling(connection, stream="SUPERVISE", durable=supervise_consumer("toy")) as supervisor,
        pulling(connection, stream="WORK", durable=DURABLE) as one,
        pulling(connection, stream="WORK", durable=DURABLE) as two,
    ):
        asking = [asyncio.create_task(pull.take(wait_s=20)) for pull in (supervisor, one)]
        await asyncio.sleep(0.3)
        assert not waiting.done()
        asking.append(asyncio.create_task(two.take(wait_s=20)))
        assert await waiting == []
        for task in asking:
            task.cancel()
