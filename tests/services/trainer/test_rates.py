from bakehouse.schedule.places import Calendar
from bakehouse.schedule.terms import EntryTerms, Terms
from services.trainer.rates import num_steps_of, rate_schedule
from services.trainer.training_spec import TrainingSpec

CALENDAR = Calendar(Terms(entries=[EntryTerms(name="cats", batch_size=2)]), [{(0, 0): 5}])


def test_epochs_override_steps() -> None:
    assert num_steps_of(TrainingSpec(base_model="a" * 64, max_train_steps=7), CALENDAR) == 7
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=7, max_train_epochs=4)
    assert num_steps_of(spec, CALENDAR) == 12


def test_a_warm_up_may_be_a_share_of_the_run() -> None:
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=7, lr_scheduler="cosine", lr_warmup_steps=0.1)
    assert rate_schedule(spec, 40).warmup_steps == 4
