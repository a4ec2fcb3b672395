"""`bakehouse bake`: recipes read, their files sent, their pipelines started and watched."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.names import as_typed
from bakehouse.cli.output import put, put_json, remark

if TYPE_CHECKING:
    # For type checkers: gRPC and pydantic are not for --help.
    from bakehouse.client.client import Client
    from bakehouse.client.pipeline_values import Pipeline
    from bakehouse.recipe.recipe import Recipe

DETACHED = 130  # as a shell says of what Ctrl-C ended

RecipeArgument = Annotated[Path, typer.Argument(metavar="RECIPE", help="A .yaml, .toml or .json file.")]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Train anew although the same was trained before.")
]


def bake(
    recipes: Annotated[list[Path], typer.Argument(metavar="RECIPE...", help=".yaml, .toml or .json files.")],
    *,
    fresh: FreshOption = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when all of them are queued.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bake recipes: send what the studio lacks, queue a pipeline for each, show them until they are over.

    Ctrl-C ends the showing and no pipeline. The exit code tells how they ended: 0 succeeded, 3 failed, 4
    cancelled; 130 after Ctrl-C. With --detach the pipelines' names are printed.
    """
    from bakehouse.cli.following import PIPELINE_EXIT_CODES, follow_pipeline  # gRPC is not for --help
    from bakehouse.client.client import Client  # as above

    read = read_recipes(recipes)
    started: list[Pipeline] = []
    codes: list[int] = []
    with Client() as client:
        try:
            for recipe in read:
                started.append(submit(client, recipe, fresh=fresh))
                remark(f"{recipe.name}: pipeline {as_typed(started[-1].name)}")
            for pipeline in started if detach else ():
                put_json(pipeline) if as_json else put(pipeline.name)
            for pipeline in started if not detach else ():
                _say_whose(pipeline, started)
                over = follow_pipeline(client.pipelines.watch_with_events(pipeline.name), as_json=as_json)
                codes.append(PIPELINE_EXIT_CODES[over.state])
        except KeyboardInterrupt as interrupt:
            _say_detached(started, len(read), num_over=len(codes))
            raise typer.Exit(DETACHED) from interrupt
    raise typer.Exit(max(codes, default=0))


def read_recipes(paths: list[Path]) -> "list[Recipe]":
    """All of them, before anything is sent.

    Raises:
        InvalidInputError: something in one of them is wrong; the message says all of it.
    """
    from bakehouse.recipe.recipe import read_recipe  # YAML and pydantic are not for --help

    read = [read_recipe(path) for path in paths]
    for recipe in read:
        for text in recipe.remarks:
            remark(f"{recipe.name}: {text}")
    return read


def submit(client: "Client", recipe: "Recipe", *, fresh: bool, is_plan: bool = False) -> "Pipeline":
    """Send what the studio lacks, with a line that says how far it is; the pipeline."""
    from bakehouse.cli.sending import SendingLine  # gRPC is not for --help

    ask = client.plan if is_plan else client.bake
    with SendingLine() as line:
        return ask(recipe, fresh=fresh, progress=line.show)


def _say_whose(pipeline: "Pipeline", started: "list[Pipeline]") -> None:
    """Which of several pipelines the lines that follow are about."""
    if len(started) > 1:
        remark(f"{as_typed(pipeline.name)}:")


def _say_detached(started: "list[Pipeline]", num_recipes: int, *, num_over: int) -> None:
    if len(started) < num_recipes:
        remark(
            f"\n{len(started)} of {num_recipes} pipelines were started; give the command again for the rest: "
            "what was sent is not sent again"
        )
    for pipeline in started[num_over:]:
        name = as_typed(pipeline.name)
        remark(f"\nDetached, {name} goes on; come back with: bakehouse watch {name}")
