"""The stages of a pipeline on a terminal's stderr: a row each, drawn anew as it goes on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bakehouse.cli.stage_rows import StageRow

_BAR_WIDTH = 20  # the rest of a row fits beside it on 80 columns
_MARKS = {
    "succeeded": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "cancelled": "[yellow]–[/]",
    "waiting": "·",
    "planned": "[green]✓[/]",
}


@contextmanager
def stage_board(title: str) -> Iterator[Callable[[Sequence[StageRow]], None]]:
    """Shows the rows that it is called with, for the length of a `with`; the last ones stay."""
    with Live(console=Console(stderr=True), refresh_per_second=8) as live:

        def show(rows: Sequence[StageRow]) -> None:
            live.update(draw_rows(title, rows))

        yield show


def draw_rows(title: str, rows: Sequence[StageRow]) -> Table:
    """The rows as a table of Rich's."""
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    for row in rows:
        mark = _MARKS.get(row.state)
        table.add_row(
            Text.from_markup(mark) if mark else Spinner("dots"),
            row.name,
            row.state,
            _bar(row),
            f"{row.done}/{row.total}" if row.total else "",
            ", ".join(word for word in (row.rest, row.trouble) if word),
        )
    return table


def _bar(row: StageRow) -> ProgressBar | str:
    if not row.total:
        return ""
    return ProgressBar(total=row.total, completed=row.done, width=_BAR_WIDTH)
