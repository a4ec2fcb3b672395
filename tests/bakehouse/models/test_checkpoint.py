from pathlib import Path

import pytest
import torch
from accelerate import init_empty_weights  # type: ignore[import-untyped]  # it has no types
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.checkpoint import UNET, VAE, Checkpoint, clip_config, unet_config, vae_config
from tests.bakehouse.models.original_names import original_unet, original_vae
from tests.bakehouse.models.tiny_models import TinyModel, save_single, tiny_model


def without(path: Path, prefix: str, target: Path) -> Path:
    tensors = {name: t for name, t in load_file(path).items() if not name.startswith(prefix)}
    save_file(tensors, target)
    return target


def test_the_published_unet_is_told_from_its_shapes() -> None:
    with init_empty_weights():
        unet = UNet2DConditionModel(
            cross_attention_dim=768
        )  # diffusers' defaults are those of the published one
    tensors = {name.removeprefix(UNET): t for name, t in original_unet(unet.state_dict(), layers=2).items()}
    config = unet_config(tensors)
    assert {name: _listed(unet.config[name]) for name in config} == config


def test_the_published_vae_is_told_from_its_shapes() -> None:
    with init_empty_weights():
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
        )
    config = vae_config({name.removeprefix(VAE): t for name, t in original_vae(vae.state_dict()).items()})
    assert {name: _listed(vae.config[name]) for name in config} == config


def test_a_text_encoder_is_told_from_its_shapes(model: TinyModel) -> None:
    config = clip_config(model.text_encoder.state_dict())
    assert {name: getattr(model.text_encoder.config, name) for name in config} == config


def test_tensors_come_under_the_names_of_diffusers(model: TinyModel, single: Path) -> None:
    found = Checkpoint(single / "model.safetensors")
    for part, module in (
        (found.denoiser(), model.unet),
        (found.vae(), model.vae),
        (found.text_encoder(), model.text_encoder),
    ):
        state = module.state_dict()
        assert sorted(part.tensors) == sorted(state)
        assert all(torch.equal(part.tensors[name], tensor) for name, tensor in state.items())


def test_groups_that_shapes_do_not_tell_are_asked_for(tmp_path: Path) -> None:
    path = save_single(tiny_model(norm_groups=4), tmp_path / "m") / "model.safetensors"
    with pytest.raises(InvalidInputError, match=r"groups don't divide; put its .* in vae/config\.json"):
        Checkpoint(path).vae()


def test_a_configuration_beside_the_file_counts(tmp_path: Path) -> None:
    path = save_single(tiny_model(norm_groups=4), tmp_path / "m", configs=True) / "model.safetensors"
    assert Checkpoint(path).vae().config["norm_num_groups"] == 4


def test_a_file_of_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"lora_unet_down.weight": torch.zeros(1)}, tmp_path / "lora.safetensors")
    with pytest.raises(InvalidInputError, match=r"it is no checkpoint of Stable Diffusion 1\.5"):
        Checkpoint(tmp_path / "lora.safetensors")


def test_a_checkpoint_without_its_vae_says_so(single: Path, tmp_path: Path) -> None:
    path = without(single / "model.safetensors", VAE, tmp_path / "m.safetensors")
    with pytest.raises(NotFoundError, match="has no vae"):
        Checkpoint(path).vae()


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
