"""`bakehouse stop` and `pull`: a pipeline's training ended early, its adapter fetched."""

from pathlib import Path
from typing import Annotated

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption
from bakehouse.cli.names import as_typed, pipeline_named
from bakehouse.cli.output import put, put_json

PipelineArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="projects/PROJECT/pipelines/PIPELINE, or a pipeline's id alone."),
]


def stop(
    name: PipelineArgument,
    *,
    project: ProjectOption = "default",
    as_json: JsonOption = False,
) -> None:
    """End a pipeline's training early and keep what it learned: a checkpoint and an adapter are written.

    To throw a pipeline away, use cancel.
    """
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        pipeline = client.pipelines.stop(str(pipeline_named(name, project)))
    if as_json:
        put_json(pipeline)
    else:
        name = as_typed(pipeline.name)
        ending = f"is stopping; see it end with: bakehouse watch {name}"
        put(f"{name} {f'is {pipeline.state} already' if pipeline.state.is_final else ending}")


def pull(
    name: PipelineArgument,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to; made if there is none.")
    ] = Path(),
    *,
    epoch: Annotated[
        int | None, typer.Option(min=1, help="That after this epoch; default: the last.", show_default=False)
    ] = None,
    project: ProjectOption = "default",
) -> None:
    """Fetch a pipeline's adapter, and print the file's name."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        put(str(client.pull(str(pipeline_named(name, project)), folder, epoch=epoch)))
