"""The progress bar of a job, on a terminal's stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bakehouse.cli.jobs import progress_text
from bakehouse.cli.output import duration_text
from bakehouse.client.values import Job


@contextmanager
def job_bar() -> Iterator[Callable[[Job], None]]:
    """Shows the job that it is called with, for the length of a `with`; then it is gone."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rest]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=None, rest="")

        def show(job: Job) -> None:
            counts = job.progress
            progress.update(
                bar,
                description=job.state,
                total=counts.planned_items or None,
                completed=counts.done_items,
                rest=_rest(job, progress.tasks[0].speed),
            )

        yield show


def _rest(job: Job, speed: float | None) -> str:
    words = [progress_text(job.progress)]
    if speed:
        words.append(f"{speed:.1f}/s")
    if job.progress.remaining_s is not None:
        words.append(f"{duration_text(job.progress.remaining_s)} left")
    return "  ".join(word for word in words if word)
