from typing import Any

import pytest

from bakehouse.digest import Digest
from bakehouse.errors import BakehouseError
from bakehouse.jobs.stage import PlanSummary
from tests.services.trainer.oven import Oven


@pytest.mark.parametrize(
    ("changes", "num_steps", "num_epochs"),
    [
        ({"max_train_steps": 4}, 4, 2),
        ({"max_train_steps": 1, "max_train_epochs": 3}, 9, 3),
        ({"max_train_epochs": 1, "train_batch_size": 5}, 2, 1),
        ({"max_train_epochs": 2, "gradient_accumulation_steps": 2}, 4, 2),
        ({"max_train_epochs": 1, "entries": {"cats": {"repeats": 3}}}, 10, 1),
        ({"max_train_epochs": 2, "entries": {"cats": {"repeats": "0.5"}}}, 9, 2),
        ({"max_train_epochs": 1, "entries": {"cats": {"train_batch_size": 1}}}, 5, 1),
        ({"max_train_epochs": 1, "train_batch_size": 3, "allow_dataset_oversubscription": True}, 3, 1),
    ],
)
def test_steps_and_epochs_are_counted(oven: Oven, changes: Any, num_steps: int, num_epochs: int) -> None:
    unit = oven.unit(oven.order(oven.bakery.spec(**changes)))
    assert (unit.num_steps, unit.num_epochs) == (num_steps, num_epochs)


def test_the_key_of_a_run_says_what_its_adapter_depends_on(oven: Oven) -> None:
    spec = oven.bakery.spec(empty_text=oven.bakery.empty_text)
    elsewhere = {**oven.bakery.empty_text, "shard": "b" * 64, "row": 5}
    key = oven.unit(oven.order(spec)).key
    assert oven.unit(oven.order({**spec, "empty_text": elsewhere})).key == key
    others = [{**spec, "learning_rate": "0.02"}, {**spec, "fresh": "once more"}]
    assert len({key, *(oven.unit(oven.order(other)).key for other in others)}) == 3


def test_what_is_left_out_is_told(oven: Oven) -> None:
    _, summary = oven.plan(oven.bakery.spec())
    assert summary.context == {"left_out": {}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network_dmi": 4}, "did you mean network_dim"),
        ({"base_model": "a" * 64}, "is not registered; register it"),
        ({"caption_dropout_rate": "0.1"}, "empty_text is missing: give `empty`"),
        ({"lr_warmup_steps": "2"}, "use constant_with_warmup"),
        ({"lr_scheduler": "cosine", "lr_warmup_steps": "9"}, "the run has 4"),
        ({"network_train_unet_only": False}, "leave the input texts out"),
        (
            {"sample_prompts": [{"prompt": "a", "height": 50}]},
            "prompt 1: a height of 50 px; give a multiple of 8",
        ),
        ({"entries": {"cats": {"repeats": -1}}}, "repeats: -1"),
        ({"entries": {"cats": {"end_epoch": 1, "start_epoch": 2}}}, "end_epoch 1 is before start_epoch 2"),
        ({"entries": {"cats": {"start_step": 2}}}, r"no dataset is drawn from at step 1 \(epoch 1\): cats"),
        ({"entries": {"cats": {"end_step": 3}}}, r"no dataset is drawn from at step 4 \(epoch 2\): cats"),
        ({"entries": {"cats": {"probability": 0}}}, "nothing to train on"),
        (
            {"underfilled": "error", "train_batch_size": 3},
            "bucket 48x80 of cats: 2 pictures, seen 2 times in all, fill no step of 3; repeats: 1 would",
        ),
    ],
)
def test_a_run_that_cannot_work_fails_when_it_is_planned(
    oven: Oven, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(BakehouseError, match=message):
        oven.plan(oven.bakery.spec(**changes))


def test_a_missing_input_is_named(oven: Oven) -> None:
    inputs = {name: digest for name, digest in oven.bakery.inputs.items() if name != "latents"}
    with pytest.raises(BakehouseError, match="no input 'latents'"):
        oven.plan(oven.bakery.spec(), **inputs)


def test_a_check_reads_the_spec_and_nothing_else(oven: Oven) -> None:
    nothing = {role: Digest("0" * 64) for role in oven.bakery.inputs}  # there are no pictures yet
    spec = oven.bakery.spec()
    _, summary = oven.plan(spec, kind="trainer.check", **nothing)
    assert (summary.num_hits, summary.context) == (0, PlanSummary().context)
    for changes, message in (
        ({"network_dmi": 4}, "did you mean network_dim"),
        ({"lr_scheduler": "cosine", "lr_warmup_steps": "9"}, "the run has 4"),
        ({"sample_prompts": [{"prompt": "a", "height": 50}]}, "give a multiple of 8"),
    ):
        with pytest.raises(BakehouseError, match=message):
            oven.plan(oven.bakery.spec(**changes), kind="trainer.check", **nothing)
