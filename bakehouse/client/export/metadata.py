"""What stands beside exported pictures of the layouts without text files: JSON lines, or a Parquet table.

Each dataset's folder has its own, and the names in it are relative to that.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from bakehouse.client.export.folder import ExportFolder
from bakehouse.client.export.places import Layout
from bakehouse.client.export.settings import METADATA_LINES, METADATA_TABLE
from bakehouse.errors import StateError

Row = Mapping[str, Any]
Tell = Callable[[str, Row], None]
"""Takes the folder of a dataset and the row of a picture in it."""


@contextmanager
def metadata_rows(folder: ExportFolder, layout: Layout) -> Iterator[Tell]:
    """Takes the rows of all pictures; their files are there when all went well.

    Raises:
        StateError: another file is there, or what writes Parquet is not installed.
    """
    adds: dict[str, Callable[[Row], None]] = {}
    with ExitStack() as stack:

        def tell(place: str, row: Row) -> None:
            if place not in adds:
                opened = _table(folder, place) if layout is Layout.PARQUET else _lines(folder, place)
                adds[place] = stack.enter_context(opened)
            adds[place](row)

        yield tell


@contextmanager
def _lines(folder: ExportFolder, place: str) -> Iterator[Callable[[Row], None]]:
    with folder.growing(f"{place}/{METADATA_LINES}") as path, path.open("w", encoding="utf-8") as file:

        def add(row: Row) -> None:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

        yield add
        file.flush()


@contextmanager
def _table(folder: ExportFolder, place: str) -> Iterator[Callable[[Row], None]]:
    try:
        # pyarrow: a client does without
        from bakehouse.manifest.row_file import parquet_rows
    except ImportError as error:
        raise StateError(
            "Parquet needs pyarrow, which is not installed; pip install pyarrow, or use --layout imagefolder"
        ) from error
    with folder.growing(f"{place}/{METADATA_TABLE}") as path, parquet_rows(path) as add:
        yield add
