import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from bakehouse.jobs.failures import ConfigError
from services.trainer.order import RankWord, Saying
from services.trainer.train import Outcome
from tests.services.trainer.bakery import Bakery
from tests.services.trainer.oven import Oven, killed_at, same


def lines(oven: Oven, outcome: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in oven.losses(outcome).splitlines()]


def test_a_run_gives_an_adapter_its_losses_and_its_seed(oven: Oven) -> None:
    outcome = oven.bake(oven.order(oven.bakery.spec()))
    found = lines(oven, outcome)
    assert [(line["step"], line["epoch"]) for line in found] == [(1, 1), (2, 1), (3, 1), (4, 2)]
    assert [line["lr"] for line in found] == [0.01] * 4
    assert outcome.result["seed"] == 7
    assert outcome.result["stopped"] is False
    assert any(
        float(tensor.abs().max()) > 0 for name, tensor in oven.tensors(outcome).items() if "up" in name
    )


def test_a_run_learns(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_epochs=10, learning_rate="0.01", network_dim=8, network_alpha="8")
    found = [line["loss"] for line in lines(oven, oven.bake(oven.order(spec)))]
    assert sum(found[-10:]) < 0.97 * sum(found[:10])


@pytest.fixture(scope="module")
def undisturbed(bakery: Bakery) -> Outcome:
    """A run of `killable` to its end."""
    oven = Oven(bakery)
    return oven.bake(oven.order(killable(oven, "nobody kills it")))


def killable(oven: Oven, comment: str) -> dict[str, Any]:
    """The same training under a plan of its own."""
    return oven.bakery.spec(
        max_train_steps=6, save_every_n_steps=2, lr_scheduler="cosine", seed=100, training_comment=comment
    )


@pytest.mark.parametrize("step", [1, 4, 5])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(oven: Oven, undisturbed: Outcome, step: int) -> None:
    spec = killable(oven, f"killed at {step}")
    with pytest.raises(KeyboardInterrupt):
        oven.bake(oven.order(spec), killed_at(step))
    resumed = oven.bake(oven.order(spec))
    first = next(word for word in oven.words if word.saying is Saying.REACHED)
    assert first.step == (step - 1) // 2 * 2
    assert oven.losses(resumed) == oven.losses(undisturbed)
    assert same(oven.tensors(resumed), oven.tensors(undisturbed))


def test_a_finished_run_is_not_trained_again(oven: Oven) -> None:
    order = oven.order(oven.bakery.spec(seed=11))
    first = oven.bake(order)
    again = oven.bake(order)
    assert oven.news("progress") == []
    assert same(oven.tensors(first), oven.tensors(again))


def test_a_run_that_is_asked_to_stop_saves_exports_and_ends(oven: Oven) -> None:
    order = oven.order(oven.bakery.spec(max_train_steps=500, seed=12))
    oven.ask_to_stop(order)
    outcome = oven.bake(order)
    assert outcome.result["stopped"] is True
    assert outcome.result["steps"] == 1
    assert oven.tensors(outcome)
    assert oven.bakery.store.stat(oven.stop_key(order)) is None


def test_a_stopped_run_stays_stopped(oven: Oven) -> None:
    order = oven.order(oven.bakery.spec(max_train_steps=500, seed=13))
    oven.ask_to_stop(order)
    first = oven.bake(order)
    assert oven.bake(order).result["steps"] == first.result["steps"]


def test_a_stopped_run_is_gone_on_with_for_another_job(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_steps=6, save_every_n_steps=2, seed=15)
    undisturbed = oven.bake(oven.order({**spec, "fresh": "1"}))
    order = oven.order(spec)
    oven.ask_to_stop(order)
    assert oven.bake(order).result["steps"] == 1
    outcome = oven.bake(replace(order, job="another"))
    assert (outcome.result["steps"], outcome.result["stopped"]) == (6, False)
    assert [word.data["step"] for word in oven.news("progress") if word.data] == [2, 3, 4, 5, 6]
    assert oven.losses(outcome) == oven.losses(undisturbed)
    assert same(oven.tensors(outcome), oven.tensors(undisturbed))


def test_a_loss_that_is_no_number_stops_the_run_with_its_cause(oven: Oven) -> None:
    spec = oven.bakery.spec(learning_rate="1e30", seed=14)
    with pytest.raises(ConfigError, match=r"the loss of step \d is \w+, with learning rate 1e\+30; lower"):
        oven.bake(oven.order(spec))


def test_adapters_and_samples_come_every_few_epochs_and_at_the_ends(oven: Oven) -> None:
    spec = oven.bakery.spec(
        max_train_epochs=3,
        save_every_n_epochs=1,
        sample_every_n_epochs=2,
        sample_prompts=[{"prompt": "a red star"}, {"prompt": "a", "width": 32, "height": 32, "seed": 3}],
        sample_steps=1,
    )
    result: Any = oven.bake(oven.order(spec)).result
    assert [saved["epoch"] for saved in result["adapters"]] == [1, 2, 3]
    assert [(s["epoch"], s["seed"]) for s in result["samples"]] == [(e, s) for e in (0, 2, 3) for s in (7, 3)]
    assert result["adapter"] == result["adapters"][-1]["digest"]


def test_sampling_leaves_training_alone(oven: Oven) -> None:
    plain = oven.bake(oven.order(oven.bakery.spec()))
    sampled = oven.bake(
        oven.order(
            oven.bakery.spec(sample_every_n_epochs=1, sample_prompts=[{"prompt": "a"}], sample_steps=1)
        )
    )
    assert oven.losses(plain) == oven.losses(sampled)


def test_an_unset_seed_comes_from_the_key_of_the_run(oven: Oven) -> None:
    order = oven.order(oven.bakery.spec(seed=None))
    assert oven.bake(order).result["seed"] == int(oven.unit(order).key[:8], 16)


def test_a_text_encoder_is_trained_where_it_is_asked_for(oven: Oven) -> None:
    inputs = {name: digest for name, digest in oven.bakery.inputs.items() if name != "texts"}
    spec = oven.bakery.spec(network_train_unet_only=False, text_encoder_lr="0.02")
    order = oven.order(spec, **inputs)
    tensors = oven.tensors(oven.bake(order))
    trained = {
        name: tensor for name, tensor in tensors.items() if name.startswith("lora_te_") and "up" in name
    }
    assert trained
    assert all(float(tensor.abs().max()) > 0 for tensor in trained.values())


def test_an_encoded_text_is_the_cached_one(oven: Oven) -> None:
    inputs = {name: digest for name, digest in oven.bakery.inputs.items() if name != "texts"}
    spec = oven.bakery.spec(max_train_steps=1)
    cached = lines(oven, oven.bake(oven.order(spec)))
    spec |= {"network_train_unet_only": False}
    encoded = lines(oven, oven.bake(oven.order(spec, **inputs)))
    assert encoded[0]["loss"] == pytest.approx(cached[0]["loss"], rel=1e-6)


def test_dropped_captions_are_the_empty_text(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_steps=1)
    plain = lines(oven, oven.bake(oven.order(spec)))
    spec |= {"caption_dropout_rate": "1", "empty_text": dict(oven.bakery.empty_text)}
    assert lines(oven, oven.bake(oven.order(spec)))[0]["loss"] != plain[0]["loss"]


@pytest.fixture(scope="module")
def plain(bakery: Bakery) -> dict[str, Tensor]:
    """The adapter of a run of two steps without a further wish."""
    oven = Oven(bakery)
    return oven.tensors(oven.bake(oven.order(bakery.spec(max_train_steps=2))))


@pytest.mark.parametrize(
    "changes",
    [
        {"network_alpha": "2"},
        {"unet_lr": "0.02"},
        {"optimizer_args": ["weight_decay=0.5"]},
        {"optimizer_args": ["betas=0.5,0.9"]},
        {"max_grad_norm": "0.001"},
        {"lr_scheduler": "cosine"},
        {"lr_scheduler": "constant_with_warmup", "lr_warmup_steps": "1"},
        {"train_batch_size": 1},
        {"min_timestep": 900},
        {"max_timestep": 100},
        {"entries": {"cats": {"repeats": 4}}},
        {"seed": 8},
    ],
)
def test_an_option_changes_what_is_learned(
    oven: Oven, plain: dict[str, Tensor], changes: dict[str, Any]
) -> None:
    tensors = oven.tensors(oven.bake(oven.order(oven.bakery.spec(max_train_steps=2, **changes))))
    assert tensors.keys() == plain.keys()
    assert not same(tensors, plain)


def test_prior_pictures_weigh_as_asked(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_steps=1)
    plain = lines(oven, oven.bake(oven.order(spec)))
    spec |= {"entries": {"cats": {"prior": True}}, "prior_loss_weight": "0.5"}
    half = lines(oven, oven.bake(oven.order(spec)))
    assert half[0]["loss"] == pytest.approx(plain[0]["loss"] / 2)


def test_min_snr_weighs_the_loss(oven: Oven) -> None:
    losses = [
        lines(oven, oven.bake(oven.order(oven.bakery.spec(max_train_steps=1, **changes))))[0]["loss"]
        for changes in ({}, {"min_snr_gamma": "1000000"}, {"min_snr_gamma": "0.01"})
    ]
    assert losses[1] == pytest.approx(losses[0])
    assert losses[2] < losses[0]


def test_gradients_are_accumulated_over_batches(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_epochs=2, gradient_accumulation_steps=2)
    found = lines(oven, oven.bake(oven.order(spec)))
    assert [line["epoch"] for line in found] == [1, 1, 2, 2]


def test_half_precision_trains_float32_adapters(oven: Oven) -> None:
    spec = oven.bakery.spec(mixed_precision="bf16", sample_prompts=[{"prompt": "a"}], sample_steps=1)
    tensors = oven.tensors(oven.bake(oven.order(spec)))
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_a_precision_that_the_device_lacks_is_refused(oven: Oven) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ConfigError, match="fp16 needs a GPU"):
        oven.bake(oven.order(oven.bakery.spec(mixed_precision="fp16")))


def test_progress_is_told_with_loss_and_rate(oven: Oven) -> None:
    oven.bake(oven.order(oven.bakery.spec(seed=15)))
    word: RankWord = oven.news("progress")[-1]
    assert word.data is not None
    assert {"step", "num_steps", "epoch", "loss", "lr", "seed"} == word.data.keys()
