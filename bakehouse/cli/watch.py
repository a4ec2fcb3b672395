"""`bakehouse watch`: a pipeline or a job until it is over, or what happens in a project."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.following import PIPELINE_EXIT_CODES, follow_pipeline
from bakehouse.cli.jobs import JsonOption, ProjectOption, progress_text
from bakehouse.cli.names import as_typed, is_project, names_of_work
from bakehouse.cli.output import duration_text, put, put_json, remark, time_text
from bakehouse.client.values import Event, Job, JobState
from bakehouse.errors import NotFoundError
from bakehouse.rpc.names import JOBS, ResourceName

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.client import Client

EXIT_CODES = {JobState.SUCCEEDED: 0, JobState.FAILED: 3, JobState.CANCELLED: 4}
DETACHED = 130  # as a shell says of what Ctrl-C ended

_LINE_EVERY_S = 5.0


def watch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="projects/PROJECT/pipelines/PIPELINE, projects/PROJECT/jobs/JOB, the id of either alone, or "
            "projects/PROJECT.",
        ),
    ],
    *,
    project: ProjectOption = "default",
    resume: Annotated[str, typer.Option(help="Of a project: go on behind this resume token.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show a pipeline or a job until it is over, or a project's events, until Ctrl-C, which ends none.

    The exit code tells how it ended: 0 succeeded, 3 failed, 4 cancelled; 130 after Ctrl-C.
    """
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        if is_project(name):
            _show_events(client.watch(name, resume or None), name, resume, as_json=as_json)
            return
        watched = found_work(client, name, project)
        try:
            code = _show_work(client, watched, as_json=as_json)
        except KeyboardInterrupt as interrupt:
            again = as_typed(str(watched))
            remark(f"\nDetached, {again} goes on; come back with: bakehouse watch {again}")
            raise typer.Exit(DETACHED) from interrupt
    raise typer.Exit(code)


def found_work(client: "Client", name: str, project: str) -> ResourceName:
    """The pipeline or job that `name` means: of an id alone a pipeline, if there is one.

    Raises:
        InvalidInputError: it is no name.
        NotFoundError: it is an id, of neither.
    """
    pipeline, *others = names_of_work(name, project)
    if not others:
        return pipeline
    with suppress(NotFoundError):
        client.pipelines.get(str(pipeline))
        return pipeline
    (job,) = others
    try:
        client.jobs.get(str(job))
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no pipeline or job {name!r} in project {project!r}; `bakehouse ls` and `bakehouse "
            "jobs` list them, --project names another project"
        ) from error
    return job


def _show_work(client: "Client", watched: ResourceName, *, as_json: bool) -> int:
    """Show a pipeline or a job until its end; the exit code."""
    if watched.collection == JOBS:
        return EXIT_CODES[_show_job(client.jobs.follow(str(watched)), as_json=as_json).state]
    over = follow_pipeline(client.pipelines.watch_with_events(str(watched)), as_json=as_json)
    return PIPELINE_EXIT_CODES[over.state]


def _show_job(snapshots: Iterable[Job], *, as_json: bool) -> Job:
    """Show the job as it goes; as it is at the end."""
    with _display(as_json=as_json) as show:
        for job in snapshots:
            show(job)
    if not as_json:
        put(_conclusion(job))
    return job


def _display(*, as_json: bool) -> AbstractContextManager[Callable[[Job], None]]:
    if as_json:
        return nullcontext(put_json)
    if sys.stderr.isatty():
        from bakehouse.cli.bar import job_bar  # Rich: only where there is a terminal

        return job_bar()
    return nullcontext(_Lines().show)


class _Lines:
    """A line for each new state, and now and then for progress: for where no bar can be drawn."""

    def __init__(self) -> None:
        self._shown: Job | None = None
        self._shown_at = 0.0

    def show(self, job: Job) -> None:
        is_due = time.monotonic() - self._shown_at > _LINE_EVERY_S and job != self._shown
        if self._shown is None or job.state != self._shown.state or is_due:
            self._shown, self._shown_at = job, time.monotonic()
            remaining_s = job.progress.remaining_s
            rest = "" if remaining_s is None else f", {duration_text(remaining_s)} left"
            remark(f"{job.state} {progress_text(job.progress)}{rest}".rstrip())


def _conclusion(job: Job) -> str:
    """How the job ended, in one line."""
    if job.error is not None:
        return f"{job.name} {job.state}: {job.error.message}"
    took = ""
    if job.start_time and job.end_time:
        took = f" in {duration_text((job.end_time - job.start_time).total_seconds())}"
    count = progress_text(job.progress)
    return f"{job.name} {job.state}{took}" + (f" ({count})" if count else "")


def _show_events(events: Iterable[Event], name: str, resume: str, *, as_json: bool) -> None:
    token = resume
    try:
        for event in events:
            token = event.resume_token
            if as_json:
                put_json(event)
            else:
                put(event_line(event))
    except KeyboardInterrupt as interrupt:
        behind = f" --resume {token}" if token else ""
        remark(f"\nDetached; go on with: bakehouse watch {name}{behind}")
        raise typer.Exit(DETACHED) from interrupt


def event_line(event: Event) -> str:
    """An event in one line: when, of what, what kind, and what it says."""
    data = event.data
    if "state" in data:
        what = str(data["state"])
    elif "num_items" in data:
        what = f"{data.get('done_items', 0)}/{data['num_items']}"
    else:
        what = json.dumps(event.data, ensure_ascii=False)
    kind = event.type.rpartition(".")[2]
    return f"{time_text(event.time)}  {event.subject.rpartition('/')[2]}  {kind}  {what}"
