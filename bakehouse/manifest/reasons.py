"""How many rows of a table were left out or failed, and why: nothing vanishes silently."""

from collections import Counter
from dataclasses import dataclass

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.parts import read_part
from bakehouse.manifest.schema import KEPT, REASON, STATE
from bakehouse.manifest.table import TableRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """So many rows are in `state` for this reason, "" where none was given."""

    state: str
    reason: str
    num_rows: int


def count_reasons(blobs: Blobs, table: TableRef) -> list[ReasonCount]:
    """The reasons of the rows that are not kept, sorted by state and reason.

    Parts that have only kept rows, or no states, are not read.

    Raises:
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    columns = {name: table.columns[name] for name in (STATE, REASON) if name in table.columns}
    total: Counter[tuple[str, str]] = Counter()
    for part in table.parts:
        if part.states.keys() - {KEPT}:
            rows = read_part(blobs, part, columns).to_pylist()
            total.update((str(row[STATE]), str(row.get(REASON) or "")) for row in rows if row[STATE])
    return [
        ReasonCount(state=state, reason=reason, num_rows=count)
        for (state, reason), count in sorted(total.items())
        if state != KEPT
    ]
