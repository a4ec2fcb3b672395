"""`bakehouse prune-source`: lists files of a recipe's folders that a snapshot left out; deletes them."""

from typing import Annotated

import typer

from bakehouse.cli.bake import RecipeArgument
from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import put, put_json, put_table, remark


def prune_source(
    recipe: RecipeArgument,
    *,
    confirm: Annotated[
        int, typer.Option("--confirm", metavar="N", min=0, help="Delete them: the N files that were listed.")
    ] = 0,
    snapshot: Annotated[
        str, typer.Option("--snapshot", metavar="SNAPSHOT", help="Its name or digest; default: the newest.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List files that delete_unwanted_images and delete_problematic_images mean; delete them with --confirm.

    Only files of folders of this machine, as the snapshot of the last bake has judged them, and only where
    their bytes are still the same. What was deleted is written to .bakehouse-deleted.jsonl beside it.
    """
    from bakehouse.client.client import Client  # gRPC is not for --help
    from bakehouse.client.pruning import check_unchanged, delete, doomed_files  # as above
    from bakehouse.recipe.recipe import read_recipe  # YAML and pydantic are not for --help

    read = read_recipe(recipe)
    with Client() as client:
        chosen = client.snapshots.find(snapshot, read.project)
        files = doomed_files(
            read, lambda dataset: client.snapshots.samples(chosen.name, f'dataset = "{dataset}"')
        )
    if as_json:
        put_json(files)
    elif files:
        put_table(
            ("DATASET", "FILE", "REASON", "WHY"),
            [(one.dataset, str(one.path), one.reason, one.detail) for one in files],
        )
    if not confirm:
        check_unchanged(files)
        remark(_offer(len(files), str(recipe)))
        return
    deleted = delete(files, confirmed=confirm, snapshot=chosen.name)
    remark(f"{deleted.number} files are deleted; the studio still has what was sent of them")
    for ledger in deleted.ledgers:
        put(str(ledger)) if not as_json else remark(str(ledger))


def _offer(number: int, recipe: str) -> str:
    if not number:
        return "There is nothing to delete."
    return f"Nothing is deleted. To delete these {number}: bakehouse prune-source {recipe} --confirm {number}"
