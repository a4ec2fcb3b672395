"""The tables of datasets that a recipe gives, or names a file of: SimpleTuner's, or kohya's made into these.

What a table names a file for (filters of captions, a map of sizes) is read, and stands in its place.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import FILTERS
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.filter_lists import read_filter_list
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.kohya_datasets import is_kohya, tables_of_kohya
from bakehouse.recipe.places import find_place

_SIZES = "aspect_resolution_map"


def read_tables(value: Json, folder: Path, findings: Findings) -> tuple[list[Json], Path]:
    """The tables of datasets, and the folder that their paths are relative to; none where something is wrong.

    `value` is a list of tables, one table, kohya's general/datasets/subsets, or the path of a file with it.
    """
    if isinstance(value, str):
        path = find_place(value, folder)
        read = findings.attempt("datasets", lambda: read_document(path))
        if read is None:
            return [], folder
        value, folder = read, path.parent
        findings.look_for_secrets(value, place="datasets")
    if isinstance(value, Mapping):
        value = _of_table(value, findings)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        findings.problems.append(
            "datasets: give a list of SimpleTuner's dataloader entries, kohya's dataset_config, or the "
            "path of such a file"
        )
        return [], folder
    return [_with_files(table, folder, findings) for table in value], folder


def _of_table(table: Mapping[str, Json], findings: Findings) -> Sequence[Json]:
    if is_kohya(table):
        found = tables_of_kohya(table)
        findings.problems += found.problems
        findings.remarks += found.remarks
        return found.tables
    only = table.get("datasets")  # TOML has no list at its top
    if len(table) == 1 and isinstance(only, Sequence) and not isinstance(only, str):
        return only
    return [table] if table else []


def _with_files(table: Json, folder: Path, findings: Findings) -> Json:
    if not isinstance(table, Mapping):
        return table
    what = f"dataset {table.get('id')}"
    found = dict(table)
    if isinstance(named := table.get(FILTERS), str):
        found[FILTERS] = findings.attempt(what, lambda: read_filter_list(named, folder))
    if isinstance(sizes := table.get(_SIZES), str):
        found[_SIZES] = findings.attempt(
            f"{what}: {_SIZES}", lambda: read_document(find_place(sizes, folder))
        )
    return found
