from pathlib import Path
from typing import Any

import pytest
import torch

from bakehouse.errors import InvalidInputError
from bakehouse.models.families.sd15 import Sd15
from bakehouse.models.loading import open_parts
from bakehouse.models.weights import Part
from tests.bakehouse.models.tiny_models import TinyModel, change_json, save_folder, tiny_model

FAMILY = Sd15()


@pytest.fixture(scope="module")
def model() -> TinyModel:
    return tiny_model()


@pytest.fixture
def folder(model: TinyModel, tmp_path: Path) -> Path:
    return save_folder(model, tmp_path / "model")


def vae(folder: Path) -> Part:
    return open_parts(folder, "diffusers").vae()


def test_a_plain_model_is_taken(folder: Path) -> None:
    assert FAMILY.refusal(open_parts(folder, "diffusers")) is None


@pytest.mark.parametrize(
    ("component", "values", "why"),
    [
        ("unet", {"in_channels": 9}, "takes 9 channels"),
        ("unet", {"addition_embed_type": "text_time"}, "as SDXL does"),
        ("unet", {"use_linear_projection": True}, "Stable Diffusion 2"),
        ("text_encoder", {"hidden_act": "gelu"}, "Stable Diffusion 2"),
        ("unet", {"cross_attention_dim": 48}, "gives 32 values a token, its UNet takes 48"),
    ],
)
def test_a_relative_is_refused(folder: Path, component: str, values: dict[str, Any], why: str) -> None:
    change_json(folder / component / "config.json", values)
    assert why in str(FAMILY.refusal(open_parts(folder, "diffusers")))


def test_each_level_but_the_last_halves_the_latents(folder: Path) -> None:
    assert FAMILY.alignment(open_parts(folder, "diffusers")) == 16


@pytest.mark.parametrize(
    "values", [{"sample_size": 512}, {"_diffusers_version": "0.6.0"}, {"act_fn": "silu"}]
)
def test_what_changes_no_result_is_no_setting(folder: Path, values: dict[str, Any]) -> None:
    before = FAMILY.settings(vae(folder))
    change_json(folder / "vae" / "config.json", values)
    assert FAMILY.settings(vae(folder)) == before


@pytest.mark.parametrize("values", [{"scaling_factor": 0.2}, {"norm_num_groups": 16}, {"act_fn": "gelu"}])
def test_what_changes_results_is_a_setting(folder: Path, values: dict[str, Any]) -> None:
    before = FAMILY.settings(vae(folder))
    change_json(folder / "vae" / "config.json", values)
    assert FAMILY.settings(vae(folder)) != before


def test_a_value_for_each_level_says_what_one_value_says(folder: Path) -> None:
    before = FAMILY.settings(open_parts(folder, "diffusers").denoiser())
    change_json(folder / "unet" / "config.json", {"attention_head_dim": [8, 8]})
    assert FAMILY.settings(open_parts(folder, "diffusers").denoiser()) == before


def test_a_configuration_of_something_else_is_refused(folder: Path) -> None:
    change_json(folder / "unet" / "config.json", {"down_block_types": ["NoBlock", "NoBlock"]})
    with pytest.raises(InvalidInputError, match=r"unet/config\.json describes no unet"):
        FAMILY.settings(open_parts(folder, "diffusers").denoiser())


def test_loaded_modules_compute_what_was_saved(folder: Path, model: TinyModel) -> None:
    parts = open_parts(folder, "diffusers")
    latents, texts = torch.ones(1, 4, 4, 4), torch.ones(1, 77, 32)
    unet = FAMILY.load_denoiser(parts.denoiser(), torch.float32)
    with torch.no_grad():
        expected = model.unet(latents, 5, encoder_hidden_states=texts).sample
        assert torch.equal(unet(latents, 5, encoder_hidden_states=texts).sample, expected)
