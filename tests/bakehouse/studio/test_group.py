"""Processes of one group, which is not that of their parent."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bakehouse.studio.group import ProcessGroup

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


async def test_all_are_in_one_group_of_their_own(tmp_path: Path) -> None:
    group = ProcessGroup()
    processes = [await group.start(SLEEP, environment={}, log=tmp_path / "log") for _ in range(2)]
    groups = {os.getpgid(process.pid) for process in processes}
    os.killpg(group.id, signal.SIGKILL)
    await asyncio.gather(*(process.wait() for process in processes))
    assert groups == {group.id}
    assert group.id != os.getpgrp()


async def test_when_all_have_ended_a_new_group_is_begun(tmp_path: Path) -> None:
    group = ProcessGroup()
    first = await group.start(SLEEP, environment={}, log=tmp_path / "log")
    first.kill()
    await first.wait()
    second = await group.start(SLEEP, environment={}, log=tmp_path / "log")
    second.kill()
    await second.wait()
    assert group.id == second.pid


async def test_what_is_printed_is_appended_to_a_file_for_the_owner(tmp_path: Path) -> None:
    group, log = ProcessGroup(), tmp_path / "log"
    for word in ("one", "two"):
        await (await group.start(["echo", word], environment=dict(os.environ), log=log)).wait()
    assert (log.read_text(), log.stat().st_mode & 0o777) == ("one\ntwo\n", 0o600)
