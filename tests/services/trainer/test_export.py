import io
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors import safe_open

from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.models.noise import sampling_scheduler
from services.trainer.domain.model_hash import model_hash, window_hash
from services.trainer.export import check_finite, check_same
from tests.services.trainer.oven import Oven

PROMPT = {"prompt": "a red star", "width": 64, "height": 48, "seed": 9}


def test_diffusers_draws_the_same_picture_with_the_file(oven: Oven, tmp_path: Path) -> None:
    spec = oven.bakery.spec(
        network_train_unet_only=False,
        conv_dim=2,
        conv_alpha="2",
        learning_rate="0.05",
        sample_prompts=[PROMPT],
        sample_steps=4,
        sample_guidance="3",
    )
    inputs = {name: digest for name, digest in oven.bakery.inputs.items() if name != "texts"}
    result: Any = oven.bake(oven.order(spec, **inputs)).result
    before, after = (pixels(oven.bakery.blobs.get(result["samples"][at]["digest"])) for at in (0, -1))
    (tmp_path / "a.safetensors").write_bytes(oven.bakery.blobs.get(result["adapter"]))
    found = drawn_by_diffusers(oven, tmp_path)
    assert int((after - before).abs().max()) > 10
    assert int((after - found).abs().max()) <= 1


def drawn_by_diffusers(oven: Oven, folder: Path) -> torch.Tensor:
    model = oven.bakery.model
    pipeline = StableDiffusionPipeline(
        vae=model.vae,
        text_encoder=model.text_encoder,
        tokenizer=model.tokenizer,
        unet=model.unet,
        scheduler=sampling_scheduler(model.scheduler),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.load_lora_weights(folder, weight_name="a.safetensors")
    noise = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(9))
    drawn = pipeline(
        "a red star",
        height=48,
        width=64,
        num_inference_steps=4,
        guidance_scale=3.0,
        latents=noise,
        output_type="np",
    )
    pipeline.unload_lora_weights()
    return torch.from_numpy((drawn.images[0] * 255).round()).int()


def pixels(png: bytes) -> torch.Tensor:
    picture = Image.open(io.BytesIO(png))
    width, height = picture.size
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).reshape(height, width, 3).int()


@pytest.mark.parametrize(("precision", "dtype"), [("fp16", torch.float16), ("bf16", torch.bfloat16)])
def test_a_file_may_be_in_half_precision(oven: Oven, precision: str, dtype: torch.dtype) -> None:
    tensors = oven.tensors(oven.bake(oven.order(oven.bakery.spec(save_precision=precision))))
    assert {tensor.dtype for tensor in tensors.values()} == {dtype}


def test_metadata_is_in_the_file_with_its_hashes(oven: Oven, tmp_path: Path) -> None:
    result: Any = oven.bake(oven.order(oven.bakery.spec(training_comment="trigger: star"))).result
    file = oven.bakery.blobs.get(result["adapter"])
    (tmp_path / "a.safetensors").write_bytes(file)
    with safe_open(tmp_path / "a.safetensors", "pt") as opened:
        metadata = opened.metadata()
    assert metadata == result["metadata"]
    assert metadata["ss_training_comment"] == "trigger: star"
    assert metadata["sshs_model_hash"] == model_hash(file)
    assert metadata["sshs_legacy_hash"] == window_hash(b"")


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"a": torch.zeros(2)},
        {"a": torch.ones(2).half()},
        {"a": torch.ones(2), "b": torch.ones(1)},
    ],
)
def test_a_file_that_is_not_what_is_live_is_refused(found: dict[str, torch.Tensor]) -> None:
    with pytest.raises(CorruptionError, match=r"in 1 tensors, first [ab]; bake again"):
        check_same(found, {"a": torch.ones(2)})


@pytest.mark.parametrize(
    ("value", "remedy"), [(1e30, "set it to bf16 or float"), (float("nan"), "lower learn")]
)
def test_what_is_no_number_is_refused(value: float, remedy: str) -> None:
    live = {"a": torch.full((2,), value)}
    with pytest.raises(InvalidInputError, match=remedy):
        check_finite({name: tensor.half() for name, tensor in live.items()}, live)


def test_numbers_are_numbers() -> None:
    check_finite({"a": torch.ones(2).half()}, {"a": torch.ones(2)})
