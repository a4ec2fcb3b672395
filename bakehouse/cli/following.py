"""Shows a pipeline until it is over: a board where there is a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from bakehouse.cli.names import as_typed
from bakehouse.cli.output import duration_text, put, put_json, put_table, remark
from bakehouse.cli.stage_rows import StageRow, StageRows
from bakehouse.client.pipeline_values import Mark, Pipeline, PipelineMode, PipelineState, StageManifest
from bakehouse.client.values import Event

PIPELINE_EXIT_CODES = {PipelineState.SUCCEEDED: 0, PipelineState.FAILED: 3, PipelineState.CANCELLED: 4}

_LINE_EVERY_S = 5.0
_PASSING = frozenset({"queued", "planning", "finalising"})  # told only where they take long
_SIGNS = {Mark.EXACT: "=", Mark.AT_MOST: "≤", Mark.UNKNOWN: "?"}
_NAMED = 10

Show = Callable[[Sequence[StageRow]], None]


def follow_pipeline(seen: Iterable[tuple[Pipeline, Event | None]], *, as_json: bool) -> Pipeline:
    """Show a pipeline as it goes; as it is at the end, which is told on stdout: of a plan its numbers."""
    rows = StageRows()
    with _display(as_json=as_json) as show:
        for pipeline, event in seen:
            if as_json:
                put_json(pipeline)
            else:
                show(rows.take(pipeline, event))
    if as_json:
        return pipeline
    for line in (*found_lines(pipeline), *set_aside_lines(pipeline)):
        remark(line)
    if pipeline.mode is PipelineMode.PLAN and pipeline.state is PipelineState.SUCCEEDED:
        put_table(["STAGE", "COMPUTES", "THERE ALREADY", "WHY NOT EXACT"], plan_rows(pipeline))
    else:
        put(conclusion(pipeline))
    return pipeline


def conclusion(pipeline: Pipeline) -> str:
    """How a pipeline ended, in one line, with what to do next."""
    name = as_typed(pipeline.name)
    said = f"{name} {pipeline.state}"
    if pipeline.error is not None:
        stage = f" in {pipeline.error.stage}" if pipeline.error.stage else ""
        return f"{said}{stage}: {pipeline.error.message}"
    if pipeline.end_time is not None:
        said += f" in {duration_text((pipeline.end_time - pipeline.create_time).total_seconds())}"
    if pipeline.result is not None and pipeline.result.adapter is not None:
        early = ", stopped early" if pipeline.is_stopping else ""
        seed = "" if pipeline.result.seed is None else f"seed {pipeline.result.seed}; "
        return f"{said}{early}; {seed}fetch the adapter: bakehouse pull {name}"
    return said


def found_lines(pipeline: Pipeline) -> tuple[str, ...]:
    """What the studio found of sources that it reads itself."""
    return pipeline.result.found if pipeline.result else ()


def set_aside_lines(pipeline: Pipeline) -> Iterator[str]:
    """Which pictures the pipeline does not use, and why: how many, and the first few by name."""
    for manifest in pipeline.result.manifests if pipeline.result else ():
        if manifest.stage != "snapshot" or not _num_noted(manifest):
            continue
        yield f"{_counted(manifest)}:"
        for found in manifest.set_aside[:_NAMED]:
            yield f"  {found.dataset}/{found.name}: {found.detail}"
        if (more := _num_noted(manifest) - len(manifest.set_aside[:_NAMED])) > 0:
            yield f"  and {more} more"


def plan_rows(pipeline: Pipeline) -> list[list[str]]:
    """What baking would compute: stage, how many, how many are there already, why a number is not exact."""
    rows = []
    for planned in pipeline.result.planned if pipeline.result else ():
        is_known = planned.mark is not Mark.UNKNOWN
        computes = f"{_SIGNS[planned.mark]} {planned.planned_items}" if is_known else "?"
        there = str(planned.hit_items) if planned.mark is Mark.EXACT else ""
        rows.append([planned.stage, computes, there, planned.reason])
    return rows


def _num_noted(manifest: StageManifest) -> int:
    return _num_out(manifest) + manifest.counts.get("captions.failed", 0)


def _num_out(manifest: StageManifest) -> int:
    return sum(manifest.counts.get(reason, 0) for reason in manifest.counts if _is_out(reason))


def _counted(manifest: StageManifest) -> str:
    """`3 of 28 pictures are not used (2 too small, 1 broken)`."""
    out = {reason: number for reason, number in manifest.counts.items() if number and _is_out(reason)}
    words = ", ".join(f"{number} {_word(reason)}" for reason, number in sorted(out.items()))
    num_out, unread = sum(out.values()), manifest.counts.get("captions.failed", 0)
    said = []
    if num_out:
        said.append(f"{num_out} of {num_out + manifest.counts.get('kept', 0)} pictures not used ({words})")
    if unread:
        said.append(f"{unread} caption files not readable")
    return ", ".join(said)


def _is_out(reason: str) -> bool:
    return reason.startswith(("excluded.", "failed."))


def _word(reason: str) -> str:
    return reason.partition(".")[2].replace("_", " ")


class _Lines:
    """A line where a stage's state is new, and now and then for those at work."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self._shown_at = time.monotonic()

    def show(self, rows: Sequence[StageRow]) -> None:
        is_due = time.monotonic() - self._shown_at > _LINE_EVERY_S
        for row in rows:
            if self._is_worth_a_line(row, is_due=is_due):
                is_told = row.trouble and row.trouble == self._troubles.get(row.name)
                remark((replace(row, trouble="still waits") if is_told else row).line)
                self._shown_at = time.monotonic()
                self._states[row.name], self._troubles[row.name] = row.state, row.trouble

    def _is_worth_a_line(self, row: StageRow, *, is_due: bool) -> bool:
        if row.trouble and row.trouble != self._troubles.get(row.name):
            return True
        if row.state in _PASSING:
            return is_due
        if row.state in {"running", "stopping"}:  # where there is nothing to compute, its end is told at once
            return is_due or (row.total > 0 and self._states.get(row.name) != row.state)
        return self._states.get(row.name, "waiting") != row.state


def _display(*, as_json: bool) -> AbstractContextManager[Show]:
    if sys.stderr.isatty() and not as_json:
        from bakehouse.cli.board import stage_board  # Rich: only where there is a terminal

        return stage_board("")
    return nullcontext(_Lines().show)
