"""`bakehouse ls`: the pipelines of a project, what they have made, or the projects."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption, progress_text
from bakehouse.cli.output import duration_text, put_json, put_table, remark, time_text

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.artifact_values import Adapter, BaseModel, Dataset, Snapshot, TrainingRun
    from bakehouse.client.client import Client
    from bakehouse.client.pipeline_values import Pipeline
    from bakehouse.client.values import Project

_SHOWN = 12  # of a digest, to tell it from others; --json has all of it


class What(StrEnum):
    """What can be listed."""

    PIPELINES = "pipelines"
    DATASETS = "datasets"
    SNAPSHOTS = "snapshots"
    MODELS = "models"
    RUNS = "runs"
    ADAPTERS = "adapters"
    PROJECTS = "projects"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """How entries of one sort are found and shown."""

    find: "Callable[[Client, str], Iterable[Any]]"
    headers: Sequence[str]
    row: Callable[[Any], list[str]]


def ls(
    what: Annotated[
        What, typer.Argument(metavar="WHAT", help=f"{', '.join(What)}. Base models belong to no project.")
    ] = What.PIPELINES,
    *,
    project: ProjectOption = "default",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List a project's pipelines, or what they have made, the newest first; or the projects."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    table = _TABLES[what]
    with Client() as client:
        found = list(islice(table.find(client, project), limit))
        others = [] if found or as_json else [known.id for known in client.projects.list()]
    if as_json:
        put_json(found, indent=2)
        return
    put_table(table.headers, [table.row(entry) for entry in found])
    if len(others) > 1:
        remark(f"Nothing in project {project}; there are {', '.join(others)}: choose one with --project.")


def _pipeline(pipeline: "Pipeline") -> list[str]:
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


def _dataset(dataset: "Dataset") -> list[str]:
    return [dataset.id, _last(dataset.pipeline), time_text(dataset.update_time)]


def _snapshot(snapshot: "Snapshot") -> list[str]:
    out = {reason: number for reason, number in snapshot.counts.items() if _is_out(reason) and number}
    why = ", ".join(f"{number} {reason.partition('.')[2]}" for reason, number in sorted(out.items()))
    kept = str(snapshot.counts.get("kept", 0))
    return [snapshot.id[:_SHOWN], kept, str(sum(out.values())), time_text(snapshot.create_time), why]


def _base_model(model: "BaseModel") -> list[str]:
    return [
        model.id[:_SHOWN],
        model.family,
        model.layout,
        f"{model.alignment} px",
        time_text(model.create_time),
    ]


def _training_run(run: "TrainingRun") -> list[str]:
    took = "" if run.end_time is None else duration_text((run.end_time - run.create_time).total_seconds())
    seed = "" if run.seed is None else str(run.seed)
    steps = progress_text(run.progress)
    if run.adapters:  # a run that was stopped counts as done, too
        of_all = run.progress.planned_items + run.progress.hit_items
        steps = f"{max(export.step for export in run.adapters)}/{of_all}"
    return [run.id, run.state, steps, seed, time_text(run.create_time), took]


def _adapter(adapter: "Adapter") -> list[str]:
    return [
        adapter.id[:_SHOWN],
        str(adapter.epoch),
        str(adapter.step),
        "last" if adapter.is_last else "",
        time_text(adapter.create_time),
        _last(adapter.training_run),
    ]


def _project(project: "Project") -> list[str]:
    return [project.id, project.display_name, time_text(project.create_time)]


def _is_out(reason: str) -> bool:
    return reason.startswith(("excluded.", "failed."))


def _last(name: str) -> str:
    return name.rpartition("/")[2]


_TABLES = {
    What.PIPELINES: _Table(
        find=lambda client, project: client.pipelines.list(project),
        headers=["PIPELINE", "MODE", "STATE", "STAGE", "CREATED", "TOOK"],
        row=_pipeline,
    ),
    What.DATASETS: _Table(
        find=lambda client, project: client.datasets.list(project),
        headers=["DATASET", "NEWEST PIPELINE", "SINCE"],
        row=_dataset,
    ),
    What.SNAPSHOTS: _Table(
        find=lambda client, project: client.snapshots.list(project),
        headers=["SNAPSHOT", "USED", "NOT USED", "CREATED", "WHY NOT"],
        row=_snapshot,
    ),
    What.MODELS: _Table(
        find=lambda client, _: client.base_models.list(),
        headers=["BASE MODEL", "FAMILY", "LAYOUT", "ALIGNMENT", "CREATED"],
        row=_base_model,
    ),
    What.RUNS: _Table(
        find=lambda client, project: client.training_runs.list(project),
        headers=["TRAINING RUN", "STATE", "STEPS", "SEED", "CREATED", "TOOK"],
        row=_training_run,
    ),
    What.ADAPTERS: _Table(
        find=lambda client, project: client.adapters.list(project),
        headers=["ADAPTER", "EPOCH", "STEP", "", "CREATED", "TRAINING RUN"],
        row=_adapter,
    ),
    What.PROJECTS: _Table(
        find=lambda client, _: client.projects.list(),
        headers=["PROJECT", "DISPLAY NAME", "CREATED"],
        row=_project,
    ),
}
