"""`bakehouse repeats`: how often each folder is to be repeated, from how often concepts are to be seen."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import put, put_json, put_table, remark

if TYPE_CHECKING:
    # For type checkers: YAML and pydantic are not for --help.
    from bakehouse.recipe.targets import Balance


def repeats(
    targets: Annotated[Path, typer.Argument(metavar="TARGETS", help="A .yaml, .toml or .json file.")],
    *,
    fractions: Annotated[bool, typer.Option("--fractions", help="Repeats need not be whole.")] = False,
    kohya: Annotated[
        Path | None,
        typer.Option("--kohya", metavar="FILE", help="Write a dataset_config.toml for kohya's scripts."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Propose repeats from how many pictures of each concept an epoch is to see.

    TARGETS says `concepts: {NAME: NUMBER}` and `groups: {NAME: {image_dir, concepts}}`: what each picture of
    a folder shows. REPEATS are SimpleTuner's and ours, the folder's name is kohya's.
    """
    from bakehouse.errors import InvalidInputError  # pydantic and YAML are not for --help
    from bakehouse.kohya_layout import dataset_config  # as above
    from bakehouse.recipe.targets import balance, read_targets  # as above

    found = balance(read_targets(targets), targets.parent, fractions=fractions)
    if kohya is not None and kohya.exists():
        raise InvalidInputError(f"{kohya} is there already; name another file")
    if as_json:
        put_json(_plain(found))
    else:
        put_table(
            ["GROUP", "PICTURES", "REPEATS", "SEEN AN EPOCH", "KOHYA'S FOLDER"], list(group_rows(found))
        )
        put("")
        put_table(["CONCEPT", "TARGET", "SEEN AN EPOCH"], list(concept_rows(found)))
    if said := kohya_line(found):
        remark(said)
    if kohya is not None:
        kohya.write_text(dataset_config(found.subsets, resolution=found.resolution), encoding="utf-8")
        remark(f"written: {kohya}")


def group_rows(found: "Balance") -> Iterator[list[str]]:
    """A row a group."""
    for group, subset in zip(found.groups, found.subsets, strict=True):
        passes = found.proposal.passes[group.name]
        seen = _number(group.num_pictures * passes)
        yield [group.name, str(group.num_pictures), _number(passes - 1), seen, subset.folder]


def concept_rows(found: "Balance") -> Iterator[list[str]]:
    """A row a concept."""
    for concept in found.proposal.concepts:
        yield [concept.name, _number(concept.target), _number(concept.seen)]


def kohya_line(found: "Balance") -> str:
    """What has to be known of kohya's numbers where repeats are fractions; empty where nothing has."""
    if not found.whole.is_exact:
        return "kohya's repeats are whole: the folders' are rounded"
    if found.whole.factor > 1:
        factor = found.whole.factor
        return f"kohya's repeats are whole: an epoch of these folders is {factor} epochs, train for fewer"
    return ""


def _plain(found: "Balance") -> dict[str, object]:
    return {
        "repeats": {name: float(passes - 1) for name, passes in found.proposal.passes.items()},
        "concepts": {
            concept.name: {"target": float(concept.target), "seen": float(concept.seen)}
            for concept in found.proposal.concepts
        },
        "kohya": {subset.image_dir: subset.folder for subset in found.subsets},
        "kohya_epoch": found.whole.factor,
    }


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
