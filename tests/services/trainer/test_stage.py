from typing import Any

import pytest

from bakehouse.errors import BakehouseError
from tests.services.trainer.oven import Oven


@pytest.mark.parametrize(
    ("changes", "num_steps", "num_epochs"),
    [
        ({"max_train_steps": 4}, 4, 2),
        ({"max_train_steps": 1, "max_train_epochs": 3}, 9, 3),
        ({"max_train_epochs": 1, "train_batch_size": 5}, 2, 1),
        ({"max_train_epochs": 2, "gradient_accumulation_steps": 2}, 4, 2),
        ({"max_train_epochs": 1, "entries": {"cats": {"repeats": 3}}}, 10, 1),
    ],
)
def test_steps_and_epochs_are_counted(oven: Oven, changes: Any, num_steps: int, num_epochs: int) -> None:
    unit = oven.order(oven.bakery.spec(**changes)).unit
    assert (unit.num_steps, unit.num_epochs) == (num_steps, num_epochs)


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
        ({"entries": {"cats": {"repeats": -1}}}, "repeats: -1"),
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
