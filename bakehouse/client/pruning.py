"""Deletes files of a recipe's folders that a snapshot left out for good: never but as a call confirms it.

The one place where Bakehouse changes a source. Every file's bytes must still be those that the snapshot saw,
and each is in a ledger before it goes. What was sent to the studio stays there.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bakehouse.client.snapshot_values import Sample, SampleState
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.recipe.datasets import Dataset
from bakehouse.recipe.listing import FoundFile, make_listing
from bakehouse.recipe.recipe import Recipe

LEDGER = ".bakehouse-deleted.jsonl"

# What size and ratio leave out. Duplicates are none of it, nor what a bucket has no room for.
UNWANTED = frozenset(("too_small", "aspect_below_minimum", "aspect_above_maximum"))
# What is wrong with the file itself: not what a worker, a network or a limit of ours may be to blame for.
PROBLEMATIC = frozenset(("not_an_image", "broken", "odd_pixels"))

SamplesOf = Callable[[str], Iterable[Sample]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """A file that would be deleted, and why. `root` is its dataset's folder, `name` relative to that."""

    dataset: str
    name: str
    path: Path
    root: Path
    digest: Digest
    size_bytes: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How many files are gone, and where that is written."""

    number: int
    ledgers: tuple[Path, ...]


def doomed_files(recipe: Recipe, samples_of: SamplesOf) -> tuple[Doomed, ...]:
    """The files that `delete_unwanted_images` and `delete_problematic_images` mean, by dataset and name.

    Args:
        recipe: whose local folders it is about.
        samples_of: the samples of a dataset, by its id, as a snapshot has them.

    Raises:
        InvalidInputError: no dataset of a local folder asks for it.
    """
    asking = [dataset for dataset in recipe.datasets if _reasons(dataset)]
    if not asking:
        raise InvalidInputError(
            f"{recipe.name}: no dataset of a folder of this machine has delete_unwanted_images or "
            "delete_problematic_images; set one of them to true"
        )
    return tuple(
        one
        for dataset in asking
        for one in sorted(_doomed(dataset, samples_of(dataset.id)), key=lambda one: one.name)
    )


def delete(files: Sequence[Doomed], *, confirmed: int, snapshot: str) -> Deleted:
    """Delete them, all or, where one is not what the snapshot saw, none.

    Args:
        files: of `doomed_files`.
        confirmed: how many the caller means.
        snapshot: its name, for the ledger.

    Raises:
        StateError: there are more or fewer, or a file has changed since, or lies behind a link.
        InvalidInputError: a ledger can't be written, or a file not be deleted; the ledger says how many are.
    """
    if confirmed != len(files):
        raise StateError(
            f"{len(files)} files would be deleted, not {confirmed}; look at them and confirm anew"
        )
    check_unchanged(files)
    ledgers: list[Path] = []
    number = 0
    for root in dict.fromkeys(one.root for one in files):
        ledgers.append(root / LEDGER)
        for one in files:
            if one.root == root:
                _delete(one, ledgers[-1], snapshot)
                number += 1
    return Deleted(number=number, ledgers=tuple(ledgers))


def check_unchanged(files: Sequence[Doomed]) -> None:
    """Refuse files that are not what the snapshot saw.

    Raises:
        StateError: one has other bytes, is gone, or lies outside of its folder, behind a link.
    """
    problems = [f"{one.path} lies behind a link" for one in files if not _is_inside(one)]
    problems += [f"{one.path} is gone" for one in files if not one.path.is_file()]
    if not problems:
        found = make_listing([FoundFile(name=str(number), path=one.path) for number, one in enumerate(files)])
        digests = {file.path: file.digest for file in found.files}
        problems = [f"{one.path} has changed" for one in files if digests[one.path] != one.digest]
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise StateError(f"{problems[0]}{more}; nothing is deleted; bake the recipe again, then look anew")


def _reasons(dataset: Dataset) -> frozenset[str]:
    if not isinstance(dataset.source, tuple):
        return frozenset()
    unwanted = UNWANTED if dataset.options.get("delete_unwanted_images") is True else frozenset()
    problematic = PROBLEMATIC if dataset.options.get("delete_problematic_images") is True else frozenset()
    return unwanted | problematic


def _doomed(dataset: Dataset, samples: Iterable[Sample]) -> Iterator[Doomed]:
    """The files all of whose frames or pages are out for a reason that counts."""
    reasons = _reasons(dataset)
    by_file: defaultdict[str, list[Sample]] = defaultdict(list)
    kept: set[str] = set()
    for sample in samples:
        if sample.state is not SampleState.KEPT and sample.reason in reasons:
            by_file[sample.file].append(sample)
        else:
            kept.add(sample.file)
    for file in dataset.source if isinstance(dataset.source, tuple) else ():
        out = by_file.get(file.name, [])
        if out and file.name not in kept and out[0].digest is not None:
            yield Doomed(
                dataset=dataset.id,
                name=file.name,
                path=file.path,
                root=file.path.parents[file.name.count("/")],
                digest=out[0].digest,
                size_bytes=out[0].size_bytes,
                reason=out[0].reason,
                detail=out[0].detail,
            )


def _is_inside(one: Doomed) -> bool:
    return not one.path.is_symlink() and one.path.resolve().is_relative_to(one.root.resolve())


def _delete(one: Doomed, ledger: Path, snapshot: str) -> None:
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "dataset": one.dataset,
        "file": one.name,
        "sha256": one.digest,
        "size_bytes": one.size_bytes,
        "reason": one.reason,
        "detail": one.detail,
        "snapshot": snapshot,
    }
    try:
        with ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        one.path.unlink()
    except OSError as error:
        raise InvalidInputError(
            f"{error.filename or ledger}: {error.strerror}; the last file that {ledger} names is still there"
        ) from error
