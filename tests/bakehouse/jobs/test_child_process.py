import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.errors import UnavailableError
from bakehouse.jobs.child_process import ChildProcess, ChildSpec, Death
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.messages import WorkMessage
from bakehouse.jobs.pipe import Order, Verb, Word
from bakehouse.jobs.plan import PlanFor, PlanWriter
from bakehouse.jobs.results import Results

RUNNER = "tests.toy.runner:make_runner"


class Bench:
    """A plan of one unit in a store, and a child that can compute it."""

    def __init__(self, store: DirectoryStore, child: ChildProcess) -> None:
        self.blobs = Blobs(store, "p")
        self.child = child

    def order(self, spec: Json, **fields: object) -> Order:
        spec_blob = self.blobs.put(canonical_bytes(spec))
        purpose = PlanFor(kind="toy.bake", spec=spec_blob)
        writer = PlanWriter(self.blobs, purpose, stop=threading.Event())
        writer.add_unit(canonical_bytes({"unit": 0, "start": 0, "stop": 6}), num_items=6)
        plan, _ = writer.finish()
        work = WorkMessage(
            service="toy",
            project="p",
            job="j",
            kind="toy.bake",
            spec=spec_blob,
            plan=plan,
            unit=0,
        )
        return Order(work=work, attempt="0123456789ab", **fields)  # type: ignore[arg-type]  # as the test wants

    async def run(self, spec: Json, **fields: object) -> Word | Death:
        await self.child.start()
        return await self.child.carry_out(self.order(spec, **fields))


@asynccontextmanager
async def opened(tmp_path: Path, **spec: object) -> AsyncIterator[Bench]:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{tmp_path / 'store'}"
    child = ChildProcess(ChildSpec(runner=RUNNER, **spec))  # type: ignore[arg-type]  # as the test wants
    try:
        yield Bench(store, child)
    finally:
        await child.kill()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with opened(tmp_path, stall_s=2.0) as bench:
        yield bench


async def test_a_unit_is_computed_and_its_result_stored(bench: Bench) -> None:
    order = bench.order({})
    await bench.child.start()
    word = await bench.child.carry_out(order)
    assert isinstance(word, Word)
    assert (word.verb, word.num_failed) == (Verb.FINISHED, 0)
    assert order.work is not None
    result = Results(bench.blobs, order.work.plan).read(0, "0123456789ab", expected=word.result)
    assert result.num_done == 6


async def test_a_death_names_the_piece(bench: Bench) -> None:
    end = await bench.run({"batch_items": 3, "crash": ["i00000004"]})
    assert isinstance(end, Death)
    assert (end.piece, end.failure_class) == (("i00000003", "i00000004", "i00000005"), FailureClass.CRASH)
    assert "SIGSEGV" in end.reason


async def test_after_a_death_a_new_child_works(bench: Bench) -> None:
    await bench.run({"crash": ["i00000000"]})
    word = await bench.run({})
    assert isinstance(word, Word)
    assert word.verb is Verb.FINISHED


async def test_the_excluded_are_told_in_the_result(bench: Bench) -> None:
    gone = ItemFailure(item="i00000004", failure_class=FailureClass.CRASH, reason="it kills")
    word = await bench.run({"crash": ["i00000004"]}, excluded=(gone,))
    assert isinstance(word, Word)
    assert (word.verb, word.num_failed) == (Verb.FINISHED, 1)


async def test_a_probe_keeps_nothing(bench: Bench) -> None:
    word = await bench.run({}, probe=("i00000001", "i00000002"))
    assert word == Word(verb=Verb.PROBED)


async def test_silence_is_a_stall(bench: Bench) -> None:
    end = await bench.run({"hang": ["i00000000"]})
    assert isinstance(end, Death)
    assert (end.failure_class, end.reason) == (FailureClass.STALL, "nothing came back for 2 s")


async def test_cancel_between_pieces_is_obeyed(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        await bench.child.start()
        running = asyncio.create_task(bench.child.carry_out(bench.order({"batch_items": 1, "sleep_ms": 300})))
        await asyncio.sleep(0.4)
        cancelling = asyncio.create_task(bench.child.cancel())
        assert await running == Word(verb=Verb.CANCELLED)
        bench.child.settle()
        await cancelling
        assert bench.child.pid is not None  # it obeyed, so it lives


async def test_cancel_of_what_does_not_listen_kills(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        await bench.child.start()
        running = asyncio.create_task(bench.child.carry_out(bench.order({"hang": ["i00000000"]})))
        await asyncio.sleep(0.3)
        async with asyncio.timeout(5):
            await bench.child.cancel()
            assert isinstance(await running, Death)


async def test_too_much_memory_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, memory_limit_mib=512) as bench:
        word = await bench.run({"eat": ["i00000000"]})
        assert isinstance(word, Word)
        assert (word.verb, word.failure_class) == (Verb.FAILED, FailureClass.MEMORY)


async def test_a_runner_that_is_not_there_is_no_child(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    with pytest.raises(UnavailableError, match="did not start"):
        await ChildProcess(ChildSpec(runner="no.such:runner")).start()


async def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """The parent here is a process of its own, killed while its child computes."""
    store = DirectoryStore(tmp_path / "store")
    store.create()
    program = (
        "import asyncio\n"
        "from bakehouse.jobs.child_process import ChildProcess, ChildSpec\n"
        "async def main():\n"
        f"    child = ChildProcess(ChildSpec(runner='{RUNNER}'))\n"
        "    await child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "BAKEHOUSE_STORE_URL": f"dir://{tmp_path / 'store'}"},
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(5):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.05)


async def test_threads_of_a_child_sleep_while_they_wait(bench: Bench) -> None:
    await bench.child.start()
    assert psutil.Process(bench.child.pid).environ()["OMP_WAIT_POLICY"] == "PASSIVE"
