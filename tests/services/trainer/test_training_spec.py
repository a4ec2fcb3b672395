from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.spec import parse_spec
from services.trainer.training_spec import EntrySpec, TrainingSpec

BASE: dict[str, Any] = {"base_model": "a" * 64, "max_train_steps": 10}


def parse(**changes: Any) -> TrainingSpec:
    return parse_spec(TrainingSpec, {**BASE, **changes}, what="training")


def test_decimals_come_as_text() -> None:
    assert parse(learning_rate="0.0003").learning_rate == 0.0003


def test_rates_fall_back_to_the_one() -> None:
    spec = parse(learning_rate="0.5", network_train_unet_only=False)
    assert (spec.rate_of_unet, spec.rate_of_text_encoder) == (0.5, 0.5)
    spec = parse(learning_rate="0.5", unet_lr="0.1", text_encoder_lr="0.2", network_train_unet_only=False)
    assert (spec.rate_of_unet, spec.rate_of_text_encoder) == (0.1, 0.2)


def test_the_text_encoder_is_left_alone_unless_asked() -> None:
    assert not parse().trains_text_encoder
    assert not parse(network_train_unet_only=False, text_encoder_lr="0").trains_text_encoder


def test_alpha_nothing_means_the_rank() -> None:
    assert parse(network_dim=8, network_alpha="0").alpha == 8
    assert parse(conv_dim=4, conv_alpha="0").alpha_of_convolutions == 4
    assert parse(conv_dim=4).alpha_of_convolutions == 1


def test_a_global_batch_is_that_of_all_processes() -> None:
    assert parse(train_batch_size=3, num_processes=2).step_size == 6


def test_an_entry_that_is_not_named_is_plain() -> None:
    assert parse().entry("cats") == EntrySpec(repeats=None, prior=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_train_steps": None}, "give max_train_steps or max_train_epochs"),
        ({"learning_rate": "0"}, "nothing would be trained"),
        ({"min_timestep": 500, "max_timestep": 400}, "is not below max_timestep"),
        ({"optimizer_type": "Lion"}, "optimizer_type"),
        ({"network_module": "lycoris.kohya"}, "network_module"),
        ({"mixed_precision": "fp8"}, "mixed_precision"),
        ({"optimizer_args": ["x=1"]}, "AdamW takes"),
        ({"base_model": "cat"}, "no SHA-256"),
        ({"lr_warmup_steps": "2.5"}, "neither a number of steps nor, below 1, a share"),
        ({"sample_guidance": "0.5"}, "sample_guidance"),
        ({"text_encoder_lr": "0.1"}, "text_encoder_lr has no effect: network_train_unet_only is set; set it"),
        ({"conv_alpha": "2"}, "conv_alpha has no effect: .*; give conv_dim"),
        ({"lr_scheduler_num_cycles": 2}, "lr_scheduler_num_cycles has no effect: .*; set lr_scheduler"),
        ({"sample_every_n_epochs": 2}, "sample_every_n_epochs has no effect: .* sample_prompts; give some"),
        ({"noise_offset": "0.1"}, "noise_offset"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse(**changes)
