"""`bakehouse watch`: what it shows, and the exit codes."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import typer

from bakehouse.cli.watch import event_line, watch
from bakehouse.client import values
from bakehouse.client.values import JobState
from bakehouse.errors import NotFoundError
from bakehouse.v1.event_pb2 import Event, Heartbeat, WatchRequest, WatchResponse
from bakehouse.v1.job_pb2 import JobError
from tests.bakehouse.client.baking import Baking
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.simmering import NAME as PIPELINE
from tests.bakehouse.client.simmering import Simmering, done, running
from tests.bakehouse.client.studio_thread import StudioThread

NAME = "projects/p/jobs/j"


def exit_code_of(name: str, *, as_json: bool = False, resume: str = "") -> int:
    with pytest.raises(typer.Exit) as caught:
        watch(name, as_json=as_json, resume=resume)
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("state", "code"), [(JobState.SUCCEEDED, 0), (JobState.FAILED, 3), (JobState.CANCELLED, 4)]
)
def test_the_exit_code_tells_how_a_job_ended(studio: StudioThread, state: JobState, code: int) -> None:
    Baking(JobState.RUNNING, state).open(studio)
    assert exit_code_of(NAME) == code


def test_each_state_is_a_line_and_the_end_is_data(
    studio: StudioThread, capsys: pytest.CaptureFixture[str]
) -> None:
    Baking(JobState.QUEUED, JobState.RUNNING, JobState.RUNNING, JobState.SUCCEEDED).open(studio)
    exit_code_of(NAME)
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["QUEUED", "RUNNING", "SUCCEEDED"]
    assert shown.out == f"{NAME} SUCCEEDED\n"


def test_a_failed_job_says_why(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    Baking(JobState.FAILED, error=JobError(message="no such model; name another")).open(studio)
    exit_code_of(NAME)
    assert capsys.readouterr().out == f"{NAME} FAILED: no such model; name another\n"


def test_programs_get_a_line_of_json_for_each_look(
    studio: StudioThread, capsys: pytest.CaptureFixture[str]
) -> None:
    Baking(JobState.RUNNING, JobState.SUCCEEDED).open(studio)
    exit_code_of(NAME, as_json=True)
    assert [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()] == [
        "RUNNING",
        "SUCCEEDED",
    ]


async def one_event(request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
    yield WatchResponse(resume_token="t0", heartbeat=Heartbeat())
    event = Event(id="1", type="bakehouse.job.state", subject=NAME)
    event.data.update({"state": "RUNNING"})
    yield WatchResponse(resume_token="t1", event=event)
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("name", "words"),
    [("projects/p", "watch projects/p --resume t1"), (NAME, f"{NAME} goes on; come back with")],
)
def test_ctrl_c_detaches_and_says_how_to_come_back(studio: StudioThread, name: str, words: str) -> None:
    Baking(JobState.RUNNING).open(studio, watch=one_event)
    command = [sys.executable, "-m", "bakehouse.cli.main", "watch", name, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=20)
    assert (watching.returncode, words in said) == (130, True)


@pytest.mark.parametrize("name", [PIPELINE, "x"])
def test_a_pipeline_is_watched_by_its_name_or_id(
    studio: StudioThread, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    Simmering(running(), running(), done()).open(studio)
    with pytest.raises(typer.Exit) as caught:
        watch(name, project="p")
    shown = capsys.readouterr()
    assert caught.value.exit_code == 0
    assert "captions running 3/9" in shown.err
    assert shown.out.startswith(f"{PIPELINE} SUCCEEDED in 1 min 20 s")


def test_an_event_is_a_line() -> None:
    event = values.Event(
        id="1",
        type="bakehouse.job.progress",
        subject=NAME,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        data={"done_items": 3, "num_items": 9},
        resume_token="t",
    )
    assert event_line(event).split()[2:] == ["j", "progress", "3/9"]


def test_an_id_of_nothing_says_what_lists_them(named_gateway: GatewayProcess) -> None:
    with pytest.raises(
        NotFoundError, match=r"no pipeline or job 'nobody' in project 'default'; `bakehouse ls`"
    ):
        watch("nobody")
