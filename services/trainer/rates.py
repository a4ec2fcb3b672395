"""How long a run is, and at which learning rates, as its spec says."""

from bakehouse.schedule.places import Calendar
from services.trainer.domain.learning_rates import RateSchedule, warmup_steps_of
from services.trainer.training_spec import TrainingSpec


def num_steps_of(spec: TrainingSpec, calendar: Calendar) -> int:
    """How many steps a run has: epochs override steps, as with kohya."""
    if spec.max_train_epochs is not None:
        return calendar.steps_of_epochs(spec.max_train_epochs)
    assert spec.max_train_steps is not None  # the spec has one of them
    return spec.max_train_steps


def rate_schedule(spec: TrainingSpec, num_steps: int) -> RateSchedule:
    """The learning rates of a run of `num_steps` steps."""
    return RateSchedule(
        name=spec.lr_scheduler,
        num_steps=num_steps,
        warmup_steps=warmup_steps_of(spec.lr_warmup_steps, num_steps),
        num_cycles=spec.lr_scheduler_num_cycles,
    )
