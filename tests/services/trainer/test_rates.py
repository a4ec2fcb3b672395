from bakehouse.schedule import Schedule, SchedulePlan
from services.trainer.rates import num_steps_of, rate_schedule
from services.trainer.training_spec import TrainingSpec

SCHEDULE = Schedule(SchedulePlan(buckets=[[0] * 5], passes=[1] * 5, batch_size=2), seed=0)


def test_epochs_override_steps() -> None:
    assert num_steps_of(TrainingSpec(base_model="a" * 64, max_train_steps=7), SCHEDULE) == 7
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=7, max_train_epochs=4)
    assert num_steps_of(spec, SCHEDULE) == 12


def test_a_warm_up_may_be_a_share_of_the_run() -> None:
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=7, lr_scheduler="cosine", lr_warmup_steps=0.1)
    assert rate_schedule(spec, 40).warmup_steps == 4
