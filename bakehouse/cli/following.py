"""Shows a pipeline until it is over: a board where there is a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from bakehouse.cli.output import duration_text, put, put_json, put_table, remark
from bakehouse.cli.stage_rows import StageRow, StageRows
from bakehouse.client.pipeline_values import Pipeline, PipelineMode, PipelineState
from bakehouse.client.values import Event

PIPELINE_EXIT_CODES = {PipelineState.SUCCEEDED: 0, PipelineState.FAILED: 3, PipelineState.CANCELLED: 4}

_LINE_EVERY_S = 5.0

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
    if pipeline.mode is PipelineMode.PLAN and pipeline.state is PipelineState.SUCCEEDED and not as_json:
        put_table(["STAGE", "COMPUTES", "THERE ALREADY", "WHY NOT EXACT"], plan_rows(pipeline))
    elif not as_json:
        put(conclusion(pipeline))
    return pipeline


def conclusion(pipeline: Pipeline) -> str:
    """How a pipeline ended, in one line, with what to do next."""
    said = f"{pipeline.name} {pipeline.state}"
    if pipeline.error is not None:
        stage = f" in {pipeline.error.stage}" if pipeline.error.stage else ""
        return f"{said}{stage}: {pipeline.error.message}"
    if pipeline.end_time is not None:
        said += f" in {duration_text((pipeline.end_time - pipeline.create_time).total_seconds())}"
    if pipeline.result is not None and pipeline.result.adapter is not None:
        seed = "" if pipeline.result.seed is None else f"seed {pipeline.result.seed}; "
        return f"{said}; {seed}fetch the adapter: bakehouse pull {pipeline.name}"
    return said


def plan_rows(pipeline: Pipeline) -> list[list[str]]:
    """What baking would compute: stage, how many, how many are there already, why a number is not exact."""
    signs = {"EXACT": "=", "AT_MOST": "≤", "UNKNOWN": "?"}
    rows = []
    for planned in pipeline.result.planned if pipeline.result else ():
        is_known = planned.mark != "UNKNOWN"
        computes = f"{signs[planned.mark]} {planned.planned_items}" if is_known else "?"
        there = str(planned.hit_items) if planned.mark == "EXACT" else ""
        rows.append([planned.stage, computes, there, planned.reason])
    return rows


class _Lines:
    """A line where a stage's state is new, and now and then for those at work."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._shown_at = time.monotonic()

    def show(self, rows: Sequence[StageRow]) -> None:
        is_due = time.monotonic() - self._shown_at > _LINE_EVERY_S
        for row in rows:
            is_new = self._states.get(row.name, "waiting") != row.state
            if is_new or (is_due and row.state == "running"):
                remark(row.line)
                self._shown_at = time.monotonic()
            self._states[row.name] = row.state


def _display(*, as_json: bool) -> AbstractContextManager[Show]:
    if sys.stderr.isatty() and not as_json:
        from bakehouse.cli.board import stage_board  # Rich: only where there is a terminal

        return stage_board("")
    return nullcontext(_Lines().show)
