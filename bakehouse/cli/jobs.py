"""`bakehouse jobs`."""

from itertools import islice
from typing import Annotated

import typer

from bakehouse.cli.output import put_json, put_table, time_text
from bakehouse.client.values import Job, JobProgress, JobState

ProjectOption = Annotated[str, typer.Option("--project", help="The project's id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


def jobs(
    *,
    project: ProjectOption = "default",
    state: Annotated[
        JobState | None, typer.Option(case_sensitive=False, metavar="STATE", help="Only jobs in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List a project's jobs, the newest first."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        found = list(islice(client.jobs.list(project, state=state), limit))
    if as_json:
        put_json(found, indent=2)
    else:
        put_table(["JOB", "KIND", "STATE", "PROGRESS", "CREATED"], [_row(job) for job in found])


def progress_text(progress: JobProgress) -> str:
    """How far a job is, in a few words; empty before it is planned."""
    if not progress.planned_units:
        return f"{progress.hit_items} hits" if progress.hit_items else ""
    text = f"{progress.done_items}/{progress.planned_items}"
    return f"{text}, {progress.failed_items} failed" if progress.failed_items else text


def _row(job: Job) -> list[str]:
    return [job.id, job.kind, job.state, progress_text(job.progress), time_text(job.create_time)]
