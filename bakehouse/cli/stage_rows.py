"""A pipeline as people watch it: a row a stage, how far it is, how long it will take. Draws nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bakehouse.cli.output import duration_text
from bakehouse.client.pipeline_values import Pipeline, PipelineMode, Stage
from bakehouse.client.values import Event, JobProgress, JobState

_PROGRESS, _WAITING = "bakehouse.job.progress", "bakehouse.job.waiting"
_INGEST, _TRAIN = "ingest", "train"
_LEAST_S = 1.0  # a pace over less time is none
_NONE_YET = JobProgress(
    planned_units=0,
    done_units=0,
    planned_items=0,
    done_items=0,
    failed_items=0,
    hit_items=0,
    remaining_s=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage: its state in a word, items done of all (0 where that is not known), and the rest in words.

    `trouble` is what it waits for.
    """

    name: str
    state: str
    done: int
    total: int
    rest: str
    trouble: str = ""

    @property
    def line(self) -> str:
        """The row as a line of text."""
        count = f"{self.done}/{self.total}" if self.total else ""
        head = " ".join(word for word in (self.name, self.state, count) if word)
        return ", ".join(word for word in (head, self.rest, self.trouble) if word)


@dataclass(slots=True)
class _Steps:
    """What a training run told of itself: where it was first seen, and where it is."""

    first: tuple[datetime, int]
    last: tuple[datetime, int]
    num_steps: int
    loss: str

    def left_s(self) -> float | None:
        passed_s = (self.last[0] - self.first[0]).total_seconds()
        if passed_s < _LEAST_S or self.last[1] <= self.first[1]:
            return None
        return (self.num_steps - self.last[1]) * passed_s / (self.last[1] - self.first[1])


@dataclass(slots=True)
class StageRows:
    """Takes what is seen of a pipeline, and gives its rows."""

    _steps: dict[str, _Steps] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)

    def take(self, pipeline: Pipeline, event: Event | None) -> list[StageRow]:
        """The rows of a pipeline as it is after `event`."""
        if event is not None:
            self._troubles.pop(event.subject, None)  # what tells of itself waits no longer
            if event.type == _WAITING:
                self._troubles[event.subject] = f"waits: {event.data.get('reason', '')}"
            elif event.type == _PROGRESS and "num_steps" in event.data:
                self._note(event)
        return [self._row(stage, pipeline) for stage in pipeline.stages]

    def _note(self, event: Event) -> None:
        data: dict[str, Any] = dict(event.data)
        now = (event.time, int(data.get("step", 0)))
        before = self._steps.get(event.subject)
        is_further = before is not None and now[1] >= before.last[1]  # a run that was killed goes on behind
        self._steps[event.subject] = _Steps(
            first=before.first if before is not None and is_further else now,
            last=now,
            num_steps=int(data["num_steps"]),
            loss=_short(data.get("loss", "")),
        )

    def _row(self, stage: Stage, pipeline: Pipeline) -> StageRow:
        if stage.state is None:
            return StageRow(name=stage.name, state="waiting", done=0, total=0, rest="")
        progress = stage.progress or _NONE_YET
        if stage.state is JobState.SUCCEEDED and _is_only_planned(stage, pipeline):
            verb = "fetch" if stage.name == _INGEST else "compute"
            rest = f"{progress.planned_items} to {verb}, {_there(progress)}"
            return StageRow(name=stage.name, state="planned", done=0, total=0, rest=rest.rstrip(", "))
        is_at_work = stage.state is JobState.RUNNING
        steps = self._steps.get(stage.job) if is_at_work else None
        done, total = progress.done_items, progress.planned_items
        if steps is not None:
            done, total = max(done, steps.last[1]), max(total, steps.num_steps)
        words, state = _rest_of(stage, progress, steps), str(stage.state.lower())
        if stage.name == _TRAIN and pipeline.is_stopping:
            state = "stopping" if is_at_work else state
            if last := _stopped_at(pipeline):
                done, words = last, ["stopped early", *words]
        return StageRow(
            name=stage.name,
            state=state,
            done=done,
            total=total,
            rest=", ".join(words),
            trouble="" if stage.state.is_final else self._troubles.get(stage.job, ""),
        )


def _is_only_planned(stage: Stage, pipeline: Pipeline) -> bool:
    return pipeline.mode is PipelineMode.PLAN and stage.job.endswith("-plan")


def _stopped_at(pipeline: Pipeline) -> int:
    """The last step of a training that was stopped; 0 while it is not known."""
    exports = pipeline.result.adapters if pipeline.result else ()
    return max((export.step for export in exports), default=0)


def _rest_of(stage: Stage, progress: JobProgress, steps: _Steps | None) -> list[str]:
    is_over = stage.end_time is not None
    left_s = steps.left_s() if steps is not None else progress.remaining_s
    is_paced = left_s is not None and stage.state is JobState.RUNNING
    words = [
        _there(progress),
        f"{progress.failed_items} failed" if progress.failed_items else "",
        f"loss {steps.loss}" if steps is not None and steps.loss else "",
        f"{duration_text(left_s)} left" if left_s is not None and is_paced else "",
        f"in {duration_text(_passed_s(stage))}" if is_over else "",
        f"for {duration_text(_passed_s(stage))}" if not is_over and not is_paced else "",
    ]
    return [word for word in words if word]


def _there(progress: JobProgress) -> str:
    return f"{progress.hit_items} there already" if progress.hit_items else ""


def _passed_s(stage: Stage) -> float:
    if stage.create_time is None:
        return 0.0
    return max(0.0, ((stage.end_time or datetime.now(UTC)) - stage.create_time).total_seconds())


def _short(loss: object) -> str:
    """A loss to four digits."""
    try:
        return f"{float(str(loss)):.4g}"
    except ValueError:
        return ""
