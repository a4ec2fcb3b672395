"""A pipeline as people watch it: a row a stage, how far it is, how long it will take. Draws nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bakehouse.cli.output import duration_text
from bakehouse.client.pipeline_values import Pipeline, Stage
from bakehouse.client.values import Event, JobState

_PROGRESS = "bakehouse.job.progress"
_LEAST_S = 1.0  # a pace over less time is none


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage: its state in a word, items done of all (0 where that is not known), and the rest in words."""

    name: str
    state: str
    done: int
    total: int
    rest: str

    @property
    def line(self) -> str:
        """The row as a line of text."""
        count = f"{self.done}/{self.total}" if self.total else ""
        return " ".join(word for word in (self.name, self.state, count, self.rest) if word)


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

    def take(self, pipeline: Pipeline, event: Event | None) -> list[StageRow]:
        """The rows of a pipeline as it is after `event`."""
        if event is not None and event.type == _PROGRESS and "num_steps" in event.data:
            self._note(event)
        return [self._row(stage) for stage in pipeline.stages]

    def _note(self, event: Event) -> None:
        data: dict[str, Any] = dict(event.data)
        now = (event.time, int(data.get("step", 0)))
        before = self._steps.get(event.subject)
        is_further = before is not None and now[1] >= before.last[1]  # a run that was killed goes on behind
        self._steps[event.subject] = _Steps(
            first=before.first if before is not None and is_further else now,
            last=now,
            num_steps=int(data["num_steps"]),
            loss=str(data.get("loss", "")),
        )

    def _row(self, stage: Stage) -> StageRow:
        progress = stage.progress
        done, total = (progress.done_items, progress.planned_items) if progress else (0, 0)
        steps = self._steps.get(stage.job)
        if steps is not None and stage.state is JobState.RUNNING:
            done, total = max(done, steps.last[1]), max(total, steps.num_steps)
        words = _rest_of(stage, steps if stage.state is JobState.RUNNING else None)
        state = stage.state.lower() if stage.state else "waiting"
        return StageRow(name=stage.name, state=state, done=done, total=total, rest=", ".join(words))


def _rest_of(stage: Stage, steps: _Steps | None) -> list[str]:
    if stage.progress is None:
        return []
    words = []
    if stage.progress.hit_items:
        words.append(f"{stage.progress.hit_items} there already")
    if stage.progress.failed_items:
        words.append(f"{stage.progress.failed_items} failed")
    if steps is not None and steps.loss:
        words.append(f"loss {steps.loss}")
    left_s = steps.left_s() if steps is not None else stage.progress.remaining_s
    if left_s is not None and stage.state is JobState.RUNNING:
        words.append(f"{duration_text(left_s)} left")
    if seconds := _passed_s(stage):
        words.append(f"in {duration_text(seconds)}" if stage.end_time else f"for {duration_text(seconds)}")
    return words


def _passed_s(stage: Stage) -> float:
    if stage.create_time is None:
        return 0.0
    return max(0.0, ((stage.end_time or datetime.now(UTC)) - stage.create_time).total_seconds())
