"""The demo's studio: ready for the length of a `with`, and gone with all it had started."""

import os
from pathlib import Path

import psutil

from bakehouse.client.client import Client
from bakehouse.client.local import local_studio
from demo.studio import temporary_studio
from tests.e2e.local_studio import wait_until


def started_for(home: Path) -> list[int]:
    """The processes whose environment or command names the home."""
    found = []
    for process in psutil.process_iter():
        try:
            named = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(home) in text for text in named):
            found.append(process.pid)
    return found


def test_all_that_it_started_ends_with_it() -> None:
    os.environ["BAKEHOUSE_ADDRESS"] = "elsewhere:1"
    with temporary_studio() as home:
        place = local_studio(home)
        with Client(place.address, place.token) as client:
            kinds = client.studio().kinds
        assert len(started_for(home)) > 3
    assert {"encoder.register", "dataset.snapshot", "captioner.tag", "trainer.train"} <= set(kinds)
    wait_until(lambda: started_for(home) == [])
    assert not home.exists()
    assert os.environ["BAKEHOUSE_ADDRESS"] == "elsewhere:1"
