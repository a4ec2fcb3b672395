"""Learning rates over a run, as factors of the highest one, by kohya's and transformers' names. Pure."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSchedule:
    """A schedule by name, over `num_steps` steps with `warmup_steps` of linear warm-up from 0."""

    name: str
    num_steps: int
    warmup_steps: int = 0
    num_cycles: int = 1

    def __post_init__(self) -> None:
        if self.name not in RATE_SCHEDULES:
            raise InvalidInputError(
                f"lr_scheduler {self.name!r} is unknown; use one of {', '.join(sorted(RATE_SCHEDULES))}",
                field="lr_scheduler",
            )
        if self.name == "constant" and self.warmup_steps:
            raise InvalidInputError(
                f"lr_scheduler constant has no warm-up, and lr_warmup_steps is {self.warmup_steps}; use "
                "constant_with_warmup",
                field="lr_warmup_steps",
            )
        if not 0 <= self.warmup_steps <= self.num_steps:
            raise InvalidInputError(
                f"lr_warmup_steps is {self.warmup_steps}, the run has {self.num_steps}; warm up for fewer",
                field="lr_warmup_steps",
            )

    def factor(self, step: int) -> float:
        """The share of the highest rate that step `step`, counted from 0, is made with."""
        if step < self.warmup_steps:
            return step / self.warmup_steps
        return RATE_SCHEDULES[self.name](self, step)

    def progress(self, step: int) -> float:
        """How much of the time after the warm-up is over."""
        return (step - self.warmup_steps) / max(1, self.num_steps - self.warmup_steps)


def warmup_steps_of(value: float, num_steps: int) -> int:
    """`lr_warmup_steps` as steps: a fraction below 1 is a share of all steps."""
    return int(value * num_steps) if value < 1 else int(value)


def _constant(_schedule: RateSchedule, _step: int) -> float:
    return 1.0


def _linear(schedule: RateSchedule, step: int) -> float:
    return max(0.0, 1.0 - schedule.progress(step))


def _cosine(schedule: RateSchedule, step: int) -> float:
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * schedule.progress(step))))


def _cosine_with_restarts(schedule: RateSchedule, step: int) -> float:
    progress = schedule.progress(step)
    if progress >= 1:
        return 0.0
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * (schedule.num_cycles * progress % 1.0))))


RATE_SCHEDULES: Mapping[str, Callable[[RateSchedule, int], float]] = {
    "constant": _constant,
    "constant_with_warmup": _constant,
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_restarts": _cosine_with_restarts,
}
