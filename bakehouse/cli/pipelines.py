"""`bakehouse ls`, `stop` and `pull`: the pipelines of a project and what they gave."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption
from bakehouse.cli.names import pipeline_named
from bakehouse.cli.output import duration_text, put, put_json, put_table, time_text

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.pipeline_values import Pipeline

PipelineArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="projects/PROJECT/pipelines/PIPELINE, or a pipeline's id alone."),
]


def ls(
    *,
    project: ProjectOption = "default",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List a project's pipelines, the newest first."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        found = list(islice(client.pipelines.list(project), limit))
    if as_json:
        put_json(found, indent=2)
    else:
        put_table(
            ["PIPELINE", "MODE", "STATE", "STAGE", "CREATED", "TOOK"], [_row(pipeline) for pipeline in found]
        )


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
        put(f"{pipeline.name} {'is stopping' if not pipeline.state.is_final else pipeline.state}")


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


def _row(pipeline: "Pipeline") -> list[str]:
    active = [stage.name for stage in pipeline.stages if stage.state and not stage.state.is_final]
    took = ""
    if pipeline.end_time is not None:
        took = duration_text((pipeline.end_time - pipeline.create_time).total_seconds())
    return [
        pipeline.id,
        pipeline.mode.lower(),
        pipeline.state,
        ",".join(active) if not pipeline.state.is_final else "",
        time_text(pipeline.create_time),
        took,
    ]
