"""`bakehouse cancel`: a pipeline or a job, ended early."""

from typing import Annotated

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption
from bakehouse.cli.names import as_typed
from bakehouse.cli.output import put, put_json
from bakehouse.cli.watch import found_work
from bakehouse.rpc.names import PIPELINES


def cancel(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="projects/PROJECT/pipelines/PIPELINE, projects/PROJECT/jobs/JOB, or the id of either alone.",
        ),
    ],
    *,
    project: ProjectOption = "default",
    as_json: JsonOption = False,
) -> None:
    """End a pipeline or a job early. What it has stored stays; what is over stays as it is."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        found = found_work(client, name, project)
        work = client.pipelines if found.collection == PIPELINES else client.jobs
        cancelled = work.cancel(str(found))
    if as_json:
        put_json(cancelled)
    else:
        put(f"{as_typed(cancelled.name)} {cancelled.state}")
