import json
from pathlib import Path

import pytest
import torch
from diffusers.schedulers.scheduling_pndm import PNDMScheduler

from bakehouse.base_model import BaseModel
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.loading import (
    describe_model,
    load_denoiser,
    load_scheduler,
    load_text_encoder,
    load_tokenizer,
    load_vae,
)
from tests.bakehouse.models.tiny_models import (
    TinyModel,
    change_json,
    copy_without,
    save_folder,
    save_single,
    tiny_model,
)

LISTING = digest_bytes(b"a listing")


def test_a_folder_and_a_single_file_of_the_same_weights_agree(described: BaseModel, single: Path) -> None:
    alone = describe_model(single, "single", LISTING)
    assert alone.components == described.components
    assert alone.alignment == described.alignment == 16


def test_so_do_they_with_configurations_beside_the_file(tmp_path: Path) -> None:
    model = tiny_model(norm_groups=4)
    folder = describe_model(save_folder(model, tmp_path / "folder"), "diffusers", LISTING)
    single = describe_model(save_single(model, tmp_path / "single", configs=True), "single", LISTING)
    assert single.components == folder.components


def test_other_weights_are_another_model_with_the_same_tokenizer(
    described: BaseModel, tmp_path: Path
) -> None:
    other = describe_model(save_folder(tiny_model(1), tmp_path / "m"), "diffusers", LISTING)
    same = {name for name, digest in other.components.items() if digest == described.components[name]}
    assert same == {"scheduler", "tokenizer"}


def test_a_folder_saved_with_another_sampler_is_the_same_model(
    described: BaseModel, folder: Path, tmp_path: Path
) -> None:
    copy = copy_without(folder, tmp_path / "m", "scheduler")
    PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").save_pretrained(
        copy / "scheduler"
    )
    assert describe_model(copy, "diffusers", LISTING).components == described.components


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("vae", "vae/"),
        ("unet/config.json", r"unet/config\.json"),
        ("text_encoder/model.safetensors", r"text_encoder/\*\.safetensors"),
        ("scheduler", r"scheduler/scheduler_config\.json"),
        ("tokenizer", "tokenizer"),
    ],
)
def test_a_missing_piece_is_named(folder: Path, tmp_path: Path, gone: str, named: str) -> None:
    with pytest.raises(NotFoundError, match=f"the model lacks .*{named}"):
        describe_model(copy_without(folder, tmp_path / "m", gone), "diffusers", LISTING)


def test_a_single_file_needs_a_tokenizer_beside_it(single: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"put the folder tokenizer/ .* beside it"):
        describe_model(copy_without(single, tmp_path / "m", "tokenizer"), "single", LISTING)


def test_an_unknown_pipeline_is_refused_with_the_known_families(folder: Path, tmp_path: Path) -> None:
    copy = copy_without(folder, tmp_path / "m", "model_index.json")
    (copy / "model_index.json").write_text(json.dumps({"_class_name": "FluxPipeline"}))
    with pytest.raises(
        InvalidInputError, match=r"a FluxPipeline is of no family that is known; there are sd15"
    ):
        describe_model(copy, "diffusers", LISTING)


def test_a_relative_of_the_family_is_refused_with_the_reason(model: TinyModel, tmp_path: Path) -> None:
    folder = save_folder(model, tmp_path / "m")
    change_json(folder / "unet" / "config.json", {"in_channels": 9})
    with pytest.raises(InvalidInputError, match=r"no Stable Diffusion 1.5: its UNet takes 9 channels"):
        describe_model(folder, "diffusers", LISTING)


@pytest.mark.parametrize("layout", ["folder", "single"])
def test_both_layouts_load_by_the_same_calls(
    model: TinyModel, described: BaseModel, request: pytest.FixtureRequest, layout: str
) -> None:
    place: Path = request.getfixturevalue(layout)
    found = describe_model(place, "diffusers" if layout == "folder" else "single", LISTING)
    for loaded, saved in (
        (load_denoiser(found, place, torch.float32), model.unet),
        (load_vae(found, place, torch.float32), model.vae),
        (load_text_encoder(found, place, torch.float32), model.text_encoder),
    ):
        state = saved.state_dict()
        assert all(torch.equal(tensor, state[name]) for name, tensor in loaded.state_dict().items())
    assert load_tokenizer(found, place)("a red circle") == model.tokenizer("a red circle")
    assert load_scheduler(found, place).config["prediction_type"] == "epsilon"


def test_a_velocity_model_says_so(tmp_path: Path) -> None:
    folder = save_folder(tiny_model(prediction_type="v_prediction"), tmp_path / "m")
    found = describe_model(folder, "diffusers", LISTING)
    assert load_scheduler(found, folder).config["prediction_type"] == "v_prediction"
