"""What a manifest says of a table: its key, its columns and its parts. Pure: rows are read elsewhere."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

import pyarrow as pa
from pydantic import PlainSerializer, PlainValidator

from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import parse_type, type_json
from bakehouse.manifest.cut import CUT_REVISION, ID_BITS, PART_ROWS
from bakehouse.manifest.schema import STATES, check_key

_BITS = re.compile(rf"[01]{{0,{ID_BITS}}}")

ColumnType = Annotated[pa.DataType, PlainValidator(parse_type), PlainSerializer(type_json)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of a table whose ids begin with the bits `prefix`.

    `content` is what the rows say; `blob` and `size_bytes` are the Parquet file that says it today. `states`
    counts the rows of each state, where the table has one.
    """

    prefix: str
    num_rows: int
    states: Mapping[str, int]
    content: Digest
    blob: Digest
    size_bytes: int

    def __post_init__(self) -> None:
        parse_digest(self.content, field="content")
        parse_digest(self.blob, field="blob")
        if not _BITS.fullmatch(self.prefix):
            raise InvalidInputError(f"part {self.prefix!r} is not named by at most {ID_BITS} bits")
        if not 0 < self.num_rows <= PART_ROWS or self.size_bytes <= 0:
            raise InvalidInputError(
                f"part {self.prefix!r}: {self.num_rows} rows in {self.size_bytes} bytes; 1 to {PART_ROWS} fit"
            )
        counts = self.states.values()
        if not self.states.keys() <= {*STATES} or sum(counts) > self.num_rows or min(counts, default=1) < 1:
            raise InvalidInputError(
                f"part {self.prefix!r}: its states do not add up to its {self.num_rows} rows"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRef:
    """A table: where its rows are, and what a reader needs to know before it reads any.

    `columns` names every column that any part may have, with its type; a part that lacks one has nulls there.
    """

    key: tuple[str, ...]
    columns: Mapping[str, ColumnType]
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        check_key(self.key, self.columns)
        prefixes = [part.prefix for part in self.parts]
        for before, after in pairwise(prefixes):
            if before >= after or after.startswith(before):
                raise InvalidInputError(f"parts {before!r} and {after!r} are out of order or overlap")

    @property
    def num_rows(self) -> int:
        """The rows of all parts."""
        return sum(part.num_rows for part in self.parts)

    @property
    def states(self) -> Mapping[str, int]:
        """How many rows are in each state."""
        total: Counter[str] = Counter()
        for part in self.parts:
            total.update(part.states)
        return dict(sorted(total.items()))

    @property
    def content(self) -> Digest:
        """The identity of the table: equal for the same rows, whoever wrote them and in whatever order.

        It leaves out what the rows decide (counts) and what says nothing of them (blobs, null columns).
        """
        parts: list[Json] = [[part.prefix, part.content] for part in self.parts]
        return canonical_digest({"cut": CUT_REVISION, "key": list(self.key), "parts": parts})


def moved(part: Part, prefix: str) -> Part:
    """The same rows as the leaf `prefix`: the trie above them shrank or grew."""
    return part if part.prefix == prefix else replace(part, prefix=prefix)
