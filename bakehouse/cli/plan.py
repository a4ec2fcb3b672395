"""`bakehouse plan`: what baking a recipe would compute, and what becomes of its pictures."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bakehouse.cli.bake import DETACHED, FreshOption, read_recipes, submit
from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import put, remark
from bakehouse.errors import InvalidInputError

if TYPE_CHECKING:
    # For type checkers: gRPC and pydantic are not for --help.
    from bakehouse.client.client import Client
    from bakehouse.client.pipeline_values import Pipeline
    from bakehouse.client.snapshot_values import Sample, SnapshotSummary
    from bakehouse.recipe.recipe import Recipe

_ALIGNMENT = 64  # of the published Stable Diffusion models


def plan(  # noqa: PLR0913 - the options of a command
    recipe: Annotated[
        Path | None,
        typer.Argument(metavar="RECIPE", help="A .yaml, .toml or .json file.", show_default=False),
    ] = None,
    *,
    fresh: FreshOption = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a page with every picture: its cut, its caption."
        ),
    ] = None,
    sizes: Annotated[
        Path | None,
        typer.Option("--sizes", metavar="FILE", help="Plan sizes alone: JSON lines of width and height."),
    ] = None,
    dataset: Annotated[
        str,
        typer.Option("--dataset", metavar="ID", help="With --sizes: whose rules, where there are several."),
    ] = "",
    alignment: Annotated[
        int, typer.Option(min=1, max=512, help="With --sizes: of the base model, in pixels.")
    ] = _ALIGNMENT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="With --sizes: where to, instead of stdout.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what baking a recipe would compute, and what becomes of its pictures.

    `=` is exact, `≤` at most, `?` unknown, with the reason. Files that the studio lacks are sent for that.
    With --sizes no studio is needed, no picture, and of a recipe no more than the rules of its datasets.
    """
    if sizes is not None:
        _refuse_with_sizes(fresh=fresh, report=report)
        from bakehouse.cli.sizes import plan_sizes  # YAML and pydantic are not for --help

        plan_sizes(sizes, recipe, dataset=dataset, alignment=alignment, out=out)
        return
    if recipe is None:
        raise typer.BadParameter("name a RECIPE, or sizes to plan with --sizes")
    if dataset or out is not None or alignment != _ALIGNMENT:
        raise typer.BadParameter("--dataset, --alignment and --out go with --sizes; leave them out")
    _refuse_taken(report)
    raise typer.Exit(_plan_recipe(recipe, fresh=fresh, report=report, as_json=as_json))


def _plan_recipe(path: Path, *, fresh: bool, report: Path | None, as_json: bool) -> int:
    from bakehouse.cli.following import PIPELINE_EXIT_CODES, follow_pipeline  # gRPC is not for --help
    from bakehouse.client.client import Client  # as above
    from bakehouse.client.pipeline_values import PipelineState  # as above

    (read,) = read_recipes([path])
    with Client() as client:
        try:
            planned = submit(client, read, fresh=fresh, is_plan=True)
            over = follow_pipeline(client.pipelines.watch_with_events(planned.name), as_json=as_json)
        except KeyboardInterrupt as interrupt:
            remark("\nNot planned; nothing is baked. The same command goes on from here.")
            raise typer.Exit(DETACHED) from interrupt
        if over.state is PipelineState.SUCCEEDED:
            _tell(client, read, over, report=report, as_json=as_json)
    return PIPELINE_EXIT_CODES[over.state]


def _tell(
    client: "Client", recipe: "Recipe", over: "Pipeline", *, report: Path | None, as_json: bool
) -> None:
    """What became of the pictures, where a snapshot was made."""
    from bakehouse.cli.schedule_tables import put_schedule, schedule_of  # pydantic is not for --help
    from bakehouse.cli.snapshot_tables import duplicate_lines, put_summary, size_lines  # as above

    made = over.result.manifest("snapshot") if over.result else None
    if made is None:
        if not as_json:
            _tell_survey(client, over)
        return
    snapshot = f"projects/{over.project}/snapshots/{made.content}"
    if not as_json:
        put("")
        batch_size = recipe.training.get("train_batch_size", 1)
        summary = client.snapshots.summary(snapshot)
        put_summary(
            summary,
            batch_size=batch_size if isinstance(batch_size, int) else 1,
            has_tagger=recipe.captioning is not None,
        )
        result = _snapshot_result(client, over)
        for line in (*duplicate_lines(result), *size_lines(result)):
            remark(line)
        put("")
        silent = _uncaptioned(client, snapshot, summary) if recipe.captioning is None else ()
        put_schedule(schedule_of(recipe.training, _entries(result), summary, uncaptioned=silent))
    if report is not None:
        from bakehouse.client.report.writing import write_report  # as above

        write_report(client, snapshot, report, title=f"What becomes of {recipe.name}")
        remark(f"report: {report}")


def _tell_survey(client: "Client", over: "Pipeline") -> None:
    """What tables declare, where no picture was opened."""
    from bakehouse.cli.survey_tables import put_survey  # gRPC is not for --help

    stage = over.stage("survey")
    result = client.jobs.get(stage.job).result if stage is not None else None
    if result and result.get("entries"):
        put("")
        put_survey(result)


def _snapshot_result(client: "Client", over: "Pipeline") -> Mapping[str, Any]:
    stage = over.stage("snapshot")
    result = client.jobs.get(stage.job).result if stage is not None else None
    return result or {}


def _entries(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What training is asked of each dataset, as the snapshot has it."""
    entries = result.get("entries")
    return entries if isinstance(entries, Mapping) else {}


def _uncaptioned(client: "Client", snapshot: str, summary: "SnapshotSummary") -> "Iterable[Sample]":
    """Pictures that are kept and have no caption: training leaves them out."""
    if not any(dataset.uncaptioned for dataset in summary.datasets):
        return ()
    return client.snapshots.samples(snapshot, "state = kept AND captions = 0")


def _refuse_with_sizes(*, fresh: bool, report: Path | None) -> None:
    if fresh or report is not None:
        raise typer.BadParameter("--fresh and --report don't go with --sizes; leave them out")


def _refuse_taken(report: Path | None) -> None:
    """Before anything is computed: a page that is there is never overwritten, and needs a folder."""
    if report is None:
        return
    if report.exists():
        raise InvalidInputError(f"{report} is there already; name another file")
    if not report.parent.is_dir():
        raise InvalidInputError(
            f"{report}: there is no folder {report.parent}; make it, or name another file"
        )
