from typing import Any

import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from bakehouse.errors import InvalidInputError
from bakehouse.models.noise import sampling_scheduler
from bakehouse.models.sampling import LoadedModel, SampleRequest, draw_picture, draw_pictures, first_noise
from tests.bakehouse.models.tiny_models import TinyModel


@pytest.fixture(scope="module")
def loaded(model: TinyModel) -> LoadedModel:
    return LoadedModel(
        denoiser=model.unet,
        vae=model.vae,
        text_encoder=model.text_encoder,
        tokenizer=model.tokenizer,
        scheduler=model.scheduler,
    )


def asked(**changes: Any) -> SampleRequest:
    values: dict[str, Any] = {"prompt": "a red circle", "seed": 7, "width": 64, "height": 48, "steps": 4}
    return SampleRequest(**{**values, **changes})


def test_a_picture_has_the_asked_size(loaded: LoadedModel) -> None:
    picture = draw_picture(loaded, asked())
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == torch.uint8


def test_the_same_request_gives_the_same_picture_whatever_is_beside_it(loaded: LoadedModel) -> None:
    alone = draw_picture(loaded, asked())
    among = [*draw_pictures(loaded, [asked(seed=1), asked(), asked(prompt="a star")])]
    assert torch.equal(among[1], alone)


@pytest.mark.parametrize("change", [{"seed": 8}, {"prompt": "a blue star"}, {"guidance": 1.0}, {"steps": 5}])
def test_another_request_gives_another_picture(loaded: LoadedModel, change: dict[str, Any]) -> None:
    assert not torch.equal(draw_picture(loaded, asked(**change)), draw_picture(loaded, asked()))


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_pictures_are_those_of_the_pipeline_of_diffusers(loaded: LoadedModel, guidance: float) -> None:
    request = asked(guidance=guidance)
    pipeline = StableDiffusionPipeline(
        vae=loaded.vae,
        text_encoder=loaded.text_encoder,
        tokenizer=loaded.tokenizer,
        unet=loaded.denoiser,
        scheduler=sampling_scheduler(loaded.scheduler),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    drawn = pipeline(
        request.prompt,
        latents=first_noise(loaded, request),
        num_inference_steps=request.steps,
        guidance_scale=guidance,
        height=request.height,
        width=request.width,
        output_type="pt",
    ).images[0]
    expected = (drawn * 255).permute(1, 2, 0)
    assert (draw_picture(loaded, request).float() - expected).abs().max() <= 1


def test_a_size_that_the_vae_does_not_divide_is_refused(loaded: LoadedModel) -> None:
    with pytest.raises(InvalidInputError, match="60x48 px; give multiples of 8 px"):
        draw_picture(loaded, asked(width=60))


@pytest.mark.parametrize("change", [{"steps": 0}, {"guidance": 0.5}, {"seed": -1}, {"width": 0}])
def test_an_impossible_request_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="give"):
        asked(**change)
