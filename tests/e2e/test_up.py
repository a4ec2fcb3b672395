"""`bakehouse up` as users run it: real processes, killed one after the other, and jobs that don't mind."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from bakehouse.client.values import Event, JobState
from tests.e2e.local_studio import PROCESSES, TOY, LocalStudio, wait_until

JOB = {"num_items": 60, "unit_items": 5, "batch_items": 1, "sleep_ms": 50}  # some 2 s for two workers


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStudio]:
    studio = LocalStudio(tmp_path_factory.mktemp("up") / "home")
    studio.up()
    yield studio
    studio.stop()


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[LocalStudio]:
    studio = LocalStudio(tmp_path / "home")
    studio.up()
    yield studio
    studio.stop()


def test_a_job_is_watched_to_its_end(studio: LocalStudio) -> None:
    with studio.client() as client:
        job = client.jobs.create("toy.bake", JOB)
        states = [
            event.data["state"]
            for event in _until_over(client.watch(job.name, from_start=True))
            if event.type == "bakehouse.job.state"
        ]
    assert states == ["QUEUED", "PLANNING", "RUNNING", "FINALISING", "SUCCEEDED"]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back_and_jobs_end(studio: LocalStudio, name: str) -> None:
    with studio.client() as client:
        job = client.jobs.create("toy.bake", JOB | {"for": name})  # else the results of the last one count
        killed = studio.kill(name)
        done = client.jobs.wait(job.name)
        wait_until(lambda: studio.pid(name) not in {0, killed})
    assert (done.state, done.progress.done_items) == (JobState.SUCCEEDED, 60)


def test_what_is_sent_comes_back(studio: LocalStudio, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    with studio.client() as client:
        digest = client.uploads.send(data)
        client.blobs.download(digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_the_exit_code_of_watch_tells_how_the_job_ended(studio: LocalStudio) -> None:
    with studio.client() as client:
        job = client.jobs.create("toy.bake", {"num_items": 2, "config": True})
    assert studio.run("watch", job.id).returncode == 3


def test_a_cancelled_job_ends(studio: LocalStudio) -> None:
    with studio.client() as client:
        job = client.jobs.create("toy.bake", JOB | {"sleep_ms": 5_000})
        cancelled = studio.run("cancel", job.id)
        done = client.jobs.wait(job.name)
    assert (cancelled.returncode, done.state) == (0, JobState.CANCELLED)


def test_jobs_are_listed_for_programs(studio: LocalStudio) -> None:
    with studio.client() as client:
        job = client.jobs.create("toy.bake", {"num_items": 1})
        client.jobs.wait(job.name)
    listed = json.loads(studio.run("jobs", "--state", "succeeded", "--json").stdout)
    assert job.name in [entry["name"] for entry in listed]


def test_status_shows_every_process(studio: LocalStudio) -> None:
    report = json.loads(studio.run("status", "--json").stdout)
    shown = {process["name"] for process in report["processes"] if process["pid"]}
    assert (report["phase"], shown) == ("ready", {"studio", *PROCESSES})


def test_a_second_up_is_refused(studio: LocalStudio) -> None:
    second = studio.run("up")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "runs" in second.stderr


def test_no_secret_is_seen_from_outside(studio: LocalStudio) -> None:
    secrets = [(studio.home / name).read_text() for name in ("token", "nats-token", "signing-key")]
    shown = [" ".join(process.cmdline()) for process in studio.living()]
    shown += [path.read_text() for path in (studio.home / "logs").iterdir()]
    shown += [studio.terminal(), (studio.home / "studio.json").read_text()]
    assert [text for text in shown for secret in secrets if secret in text] == []


def test_nobody_else_can_read_the_home(studio: LocalStudio) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in studio.home.glob("*to*en*")}
    assert studio.home.stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0}


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        refused = LocalStudio(tmp_path / "home").run("up", BAKEHOUSE_LISTEN=address)
    assert refused.returncode == 1
    assert (refused.stderr.count("\n"), address in refused.stderr) == (1, True)


def test_nothing_outlives_a_killed_studio_and_the_next_is_where_it_was(own_studio: LocalStudio) -> None:
    with own_studio.client() as client:
        job = client.jobs.create("toy.bake", JOB)
        address = client.address
    own_studio.kill_itself()
    wait_until(lambda: own_studio.living() == [])
    own_studio.up(listen="")
    with own_studio.client() as client:
        assert (client.address, client.jobs.wait(job.name).state) == (address, JobState.SUCCEEDED)


def test_what_a_studio_left_that_died_with_its_warden_is_ended(own_studio: LocalStudio) -> None:
    own_studio.freeze()
    own_studio.kill("warden")
    own_studio.kill_itself()
    assert own_studio.living() != []
    own_studio.run("down")
    assert own_studio.living() == []


def test_down_stops_a_detached_studio(tmp_path: Path) -> None:
    studio = LocalStudio(tmp_path / "home")
    started = studio.run("up", "--detach", "--services", str(TOY), "--listen", "127.0.0.1:0")
    stopped = studio.run("down")
    assert (started.returncode, stopped.returncode) == (0, 0)
    assert studio.living() == []
    assert studio.run("status").returncode == 3


@pytest.mark.faults
def test_a_nats_server_that_hangs_is_restarted(own_studio: LocalStudio) -> None:
    hanging = own_studio.pid("nats-server")
    os.kill(hanging, signal.SIGSTOP)
    wait_until(lambda: own_studio.pid("nats-server") not in {0, hanging}, within_s=90)
    with own_studio.client() as client:
        assert client.jobs.wait(client.jobs.create("toy.bake", JOB).name).state is JobState.SUCCEEDED


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(3))
def test_jobs_outlive_random_kills(own_studio: LocalStudio, seed: int) -> None:
    random = Random(seed)
    with own_studio.client() as client:
        jobs = [client.jobs.create("toy.bake", JOB | {"seed": number}) for number in range(8)]
        for _ in range(15):
            name = random.choice(PROCESSES)
            wait_until(partial(own_studio.pid, name), within_s=60)
            own_studio.kill(name)
            time.sleep(random.uniform(0, 2))
        states = [client.jobs.wait(job.name).state for job in jobs]
    assert set(states) == {JobState.SUCCEEDED}


def _until_over(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        yield event
        if event.data.get("state") in {"SUCCEEDED", "FAILED", "CANCELLED"}:
            return
