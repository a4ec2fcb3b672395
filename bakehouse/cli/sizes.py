"""`bakehouse plan --sizes`: what would become of pictures of these sizes; there need not be any pictures.

The dataset service's own code plans: in a process here where it is installed, else as a job of the studio.
"""

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.cli.output import remark
from bakehouse.dataset_config.entries import read_entries
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.recipe.dataset_documents import read_tables
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.findings import Findings

_PROGRAM = "services.dataset.plan_sizes"
_KIND = "dataset.sizes"
_NEEDS = ("numpy", "services.dataset")


def plan_sizes(sizes: Path, rules: Path | None, *, dataset: str, alignment: int, out: Path | None) -> None:
    """Write the plans of a file's sizes to `out`, or to stdout.

    Args:
        sizes: JSON lines of width, height and, if there is one, name.
        rules: a recipe or a file of datasets; without one the rules are those of an entry that says nothing.
        dataset: which of its datasets; "" where there is one.
        alignment: of the base model, in pixels.
        out: made anew; None for stdout.

    Raises:
        InvalidInputError: a file can't be read, or what it says can't be.
        StateError: `out` is there already.
    """
    entry: Json = {} if rules is None else dict(read_entry_options(rules, dataset))
    spec: dict[str, Json] = {"entry": entry, "alignment": alignment}
    with _opened(sizes) as lines, _made(out) as target:
        try:
            if all(find_spec(name) is not None for name in _NEEDS):
                _plan_here(spec, lines, target)
            else:
                _plan_there(spec, sizes, target)
        except BaseException:
            if out is not None:  # half a file would stand in the way of the next try
                out.unlink()
            raise


def read_entry_options(path: Path, dataset: str) -> Mapping[str, Json]:
    """The options of a dataset of a recipe or a dataloader's file; where its pictures are doesn't matter.

    Raises:
        InvalidInputError: there is no such dataset, or something is wrong with it.
    """
    findings = Findings()
    read = read_document(path)
    named = read.get("datasets", read) if isinstance(read, Mapping) else read
    is_recipe = isinstance(read, Mapping) and "base_model" in read
    tables, _ = read_tables(named if is_recipe else read, path.parent, findings)
    entries = read_entries(tables, place="datasets")
    findings.problems += entries.problems
    findings.refuse(str(path))
    ids = [entry.id for entry in entries.images]
    chosen = [entry for entry in entries.images if dataset in {"", entry.id}]
    if len(chosen) != 1:
        said = f"no dataset {dataset!r}" if dataset else f"{len(ids)} datasets"
        raise InvalidInputError(f"{path}: {said}; choose one with --dataset: {', '.join(ids)}")
    for text in findings.remarks:
        remark(f"{path}: {text}")
    return {key: value for key, value in chosen[0].values.items() if key not in {"listing", "disabled"}}


def _plan_here(spec: Mapping[str, Json], lines: IO[bytes], target: IO[bytes]) -> None:
    command = [sys.executable, "-m", _PROGRAM, canonical_bytes(spec).decode()]
    with TemporaryFile() as said:
        done = subprocess.run(command, stdin=lines, stdout=target, stderr=said, check=False)
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if done.returncode:
        raise InvalidInputError(words.splitlines()[-1] if words else "the sizes were not planned; try again")


def _plan_there(spec: Mapping[str, Json], sizes: Path, target: IO[bytes]) -> None:
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        listed = client.uploads.send(sizes)
        job = client.jobs.wait(client.jobs.create(_KIND, {**spec, "sizes": listed}).name)
        match job.result:
            case {"plans": str(plans)}:
                for piece in client.blobs.stream(Digest(plans)):
                    target.write(piece)
            case _:
                said = job.error.message if job.error else f"job {job.id} {job.state}"
                raise StateError(f"the studio could not plan the sizes: {said}")


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}; name a file of JSON lines") from error


def _made(path: Path | None) -> IO[bytes]:
    if path is None:
        sys.stdout.flush()
        return open(sys.stdout.fileno(), "wb", closefd=False)
    try:
        return path.open("xb")
    except FileExistsError as error:
        raise StateError(f"{path} is there already; name another file") from error
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}; name a file that can be written") from error
