"""The trainer's rules against what kohya's code gave: losses, schedules, key names, hashes, metadata."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import safetensors.torch
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel

from bakehouse.errors import InvalidInputError
from bakehouse.models.noise import PUBLISHED, training_scheduler
from services.trainer.adapters.lora import layers_of
from services.trainer.domain.adapter_metadata import METADATA_KEYS
from services.trainer.domain.key_names import (
    Ranks,
    is_text_target,
    is_unet_target,
    text_encoder_name,
    unet_name,
)
from services.trainer.domain.learning_rates import RATE_SCHEDULES, RateSchedule, warmup_steps_of
from services.trainer.domain.losses import min_snr_weights, squared_error, weighted_loss
from services.trainer.domain.model_hash import model_hash, window_hash, window_of
from services.trainer.domain.noise_schedule import (
    Prediction,
    noisy_latents,
    signal_to_noise,
    target,
)
from services.trainer.domain.tag_frequency import tag_frequency
from tests.golden.cases import golden

ALPHAS = training_scheduler(PUBLISHED).alphas_cumprod
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def close(found: Tensor, expected: Sequence[float]) -> None:
    torch.testing.assert_close(found, torch.tensor(expected), rtol=1e-5, atol=1e-6)


def prediction_of(case: Mapping[str, Any]) -> Prediction:
    is_velocity = case.get("v_prediction", case.get("v_parameterization"))
    return Prediction.VELOCITY if is_velocity else Prediction.EPSILON


def pair(meta: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    tensors = meta["tensors"]
    return tuple(torch.tensor(tensors[name]).reshape(tensors["shape"]) for name in ("pred", "target"))  # type: ignore[return-value]  # two names, two tensors


def test_the_noise_schedule_has_their_table() -> None:
    for case in golden("kohya", "golden_losses").of("schedule_table"):
        alpha = ALPHAS[case["timestep"]]
        close(alpha, case["alphas_cumprod"])
        close(signal_to_noise(alpha), case["snr"])


def test_min_snr_weighs_as_theirs() -> None:
    for case in golden("kohya", "golden_losses").of("min_snr"):
        snr = signal_to_noise(ALPHAS[case["timesteps"]])
        close(min_snr_weights(snr, case["gamma"], prediction_of(case)), case["weight"])


def test_min_snr_weighs_as_theirs_at_single_timesteps() -> None:
    for case in golden("kohya", "golden_losses").of("weights_at_timestep"):
        snr = signal_to_noise(ALPHAS[case["timestep"]])
        close(min_snr_weights(snr, 5, Prediction.EPSILON), case["min_snr_5"])
        close(min_snr_weights(snr, 5, Prediction.VELOCITY), case["min_snr_5_v"])


def test_squared_errors_are_theirs() -> None:
    cases = golden("kohya", "golden_losses")
    prediction, wanted = pair(cases.meta)
    for case in cases.of("elementwise_loss"):
        if case["loss_type"] == "l2":
            close(squared_error(prediction, wanted), case["per_sample"])


def test_the_whole_loss_is_theirs() -> None:
    cases = golden("kohya", "golden_losses")
    prediction, wanted = pair(cases.meta)
    for case in cases.of("full_pipeline"):
        others = ("scale_v_pred_loss_like_noise_pred", "v_pred_like_loss", "debiased_estimation_loss")
        if case["loss_type"] != "l2" or any(case[name] for name in others):
            continue
        weights = [torch.tensor(case["loss_weights"])]
        if case["min_snr_gamma"]:
            snr = signal_to_noise(ALPHAS[case["timesteps"]])
            weights.append(min_snr_weights(snr, case["min_snr_gamma"], prediction_of(case)))
        close(weighted_loss(squared_error(prediction, wanted), *weights), case["batch_mean"])


def test_noise_is_added_as_theirs() -> None:
    cases = golden("kohya", "golden_losses")
    latents, noise = pair(cases.meta)
    for case in cases.of("forward_process"):
        if case["schedule"] == "sd15":
            alphas = ALPHAS[case["timesteps"]]
            noisy = noisy_latents(latents, noise, alphas)
            velocity = target(Prediction.VELOCITY, latents, noise, alphas)
            close(noisy.flatten(1)[:, :4], case["noisy_first4"])
            close(velocity.flatten(1)[:, :4], case["velocity_first4"])


def sd15_unet() -> UNet2DConditionModel:
    """Stable Diffusion 1.5's, without memory behind its weights."""
    with torch.device("meta"):
        return UNet2DConditionModel(cross_attention_dim=768)


def sd15_text_encoder() -> CLIPTextModel:
    with torch.device("meta"):
        return CLIPTextModel(
            CLIPTextConfig(
                hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
            )
        )


def schedule_of(case: Mapping[str, Any]) -> RateSchedule:
    return RateSchedule(
        name=case["lr_scheduler"],
        num_steps=case["max_train_steps"],
        warmup_steps=warmup_steps_of(case["lr_warmup_steps"], case["max_train_steps"]),
        num_cycles=case["num_cycles"],
    )


def test_learning_rates_are_theirs() -> None:
    for case in golden("kohya", "golden_schedulers").of("scheduler"):
        # Theirs multiplies a run's steps by its processes, and each optimiser's step by them again.
        is_ours = case["lr_scheduler"] in RATE_SCHEDULES and not case["lr_scheduler_type"]
        if not is_ours or case["num_processes"] > 1:
            continue
        if "error" in case:
            with pytest.raises(InvalidInputError, match="constant_with_warmup"):
                schedule_of(case)
            continue
        rates = [case["base_lr"] * schedule_of(case).factor(step) for step in range(101)]
        close(torch.tensor(rates), [*case["lr_used_at_step"], case["final_lr_after"]])


@pytest.mark.parametrize(
    ("name", "ranks"),
    [
        ("sd15_lora_r4", Ranks(network_dim=4, network_alpha=2)),
        ("sd15_locon_r4_conv4", Ranks(network_dim=4, network_alpha=2, conv_dim=4)),
    ],
)
def test_keys_are_theirs(name: str, ranks: Ranks) -> None:
    cases = golden("kohya", "golden_lora_keys")
    shapes = {}
    unet, text = sd15_unet(), sd15_text_encoder()
    targets = [
        *((unet_name(at.path), unet, at) for at in layers_of(unet) if is_unet_target(at, ranks)),
        *((text_encoder_name(at.path), text, at) for at in layers_of(text) if is_text_target(at)),
    ]
    for key, module, layer in targets:
        weight = module.get_parameter(f"{layer.path}.weight").shape
        rank, _ = ranks.of(layer)
        shapes[f"{key}.alpha"] = ()
        shapes[f"{key}.lora_down.weight"] = (rank, *weight[1:])
        shapes[f"{key}.lora_up.weight"] = (weight[0], rank, *[1] * (len(weight) - 2))
    whole = cases.meta["sets"][name]
    lines = "\n".join(f"{key} {shapes[key]}" for key in sorted(shapes))
    assert (
        hashlib.sha256("\n".join(sorted(shapes)).encode()).hexdigest()
        == (whole["sha256_of_sorted_keys_newline_joined"])
    )
    assert hashlib.sha256(lines.encode()).hexdigest() == whole["sha256_of_sorted_key_shape_lines"]
    for case in cases.cases:
        if case["set"] == name:
            for suffix, shape in case["params"].items():
                assert list(shapes[f"{case['module']}.{suffix}"]) == shape


def recipe_tensors(case: Mapping[str, Any]) -> dict[str, Tensor]:
    tensors = {}
    for j in range(case["n_modules"]):
        values = torch.tensor([float((i * case["seed"] + j) % 97) for i in range(64)]) / 97 - 0.5
        dtype = DTYPES[case["dtype"]]
        tensors[f"lora_unet_m{j}.lora_down.weight"] = values.reshape(4, 16).to(dtype)
        tensors[f"lora_unet_m{j}.lora_up.weight"] = values.reshape(16, 4).to(dtype, copy=True)
        tensors[f"lora_unet_m{j}.alpha"] = torch.tensor(2.0 + j, dtype=dtype)
    return tensors


def test_adapter_hashes_are_theirs() -> None:
    for case in golden("kohya", "golden_hash").cases:
        if "n_modules" in case:
            metadata = {key: text for key, text in case["metadata"].items() if key.startswith("ss_")}
            file = safetensors.torch.save(recipe_tensors(case), metadata)
            assert model_hash(file) == case["sshs_model_hash"]
            # Of larger files the window lies in the names of modules, which the recipe leaves open.
            if case["total_bytes"] <= 0x100000:
                assert window_hash(window_of(file)) == case["sshs_legacy_hash"]


def test_checkpoint_hashes_are_theirs() -> None:
    for case in golden("kohya", "golden_hash").of("file"):
        if case["ss_sd_model_hash"] == "NOFILE":
            continue
        file = recipe_file(case["recipe"])
        assert window_hash(window_of(file)) == case["ss_sd_model_hash"]
        assert hashlib.sha256(file).hexdigest() == case["ss_new_sd_model_hash"]


def recipe_file(recipe: str) -> bytes:
    formula, length = recipe.split(", length ")
    assert formula == "byte[i]=(i*31+7)%256"
    period = bytes((i * 31 + 7) % 256 for i in range(256))
    size = int(length, 0)
    return (period * (size // 256 + 1))[:size]


def test_metadata_keys_and_tags_are_theirs() -> None:
    cases = golden("kohya", "golden_metadata")
    for case in cases.cases:
        # With a dataset_config theirs says of its data in one key what ours says in several.
        in_one = cases.meta["keys_only_without_dataset_config"] if "ss_datasets" in case["metadata"] else ()
        assert set(METADATA_KEYS) - set(in_one) - set(case["metadata"]) == set()
    captions = [
        *[("3_sks_cat", f"sks cat, Red eyes, tag{i % 2}, smile") for i in range(4)],
        *[("2_bg", "bg")] * 2,
        *[("1_cat", "cat")] * 2,
    ]
    assert tag_frequency(captions) == {
        "3_sks_cat": {"sks cat": 4, "red eyes": 4, "tag0": 2, "smile": 4, "tag1": 2},
        "2_bg": {"bg": 2},
        "1_cat": {"cat": 2},
    }
