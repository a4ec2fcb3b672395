import pytest
import torch
from diffusers.schedulers.scheduling_pndm import PNDMScheduler

from bakehouse.errors import InvalidInputError
from bakehouse.models.noise import (
    PUBLISHED,
    noise_digest,
    noise_values,
    sampling_scheduler,
    training_scheduler,
)


def test_the_kind_of_scheduler_that_was_saved_does_not_matter() -> None:
    saved = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True
    )
    assert noise_digest(dict(saved.config)) == noise_digest(PUBLISHED)


@pytest.mark.parametrize(
    ("name", "value"),
    [("prediction_type", "v_prediction"), ("beta_end", 0.013), ("rescale_betas_zero_snr", True)],
)
def test_what_changes_results_is_in_the_digest(name: str, value: object) -> None:
    assert noise_digest({**PUBLISHED, name: value}) != noise_digest(PUBLISHED)


def test_the_training_schedule_is_the_published_one() -> None:
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    scheduler = training_scheduler({})
    assert torch.allclose(scheduler.alphas_cumprod, torch.cumprod(1 - betas, 0))
    assert scheduler.config["prediction_type"] == "epsilon"


def test_samples_are_drawn_at_the_published_time_steps() -> None:
    scheduler = sampling_scheduler(training_scheduler({}))
    scheduler.set_timesteps(4)
    assert scheduler.timesteps.tolist() == [751, 501, 251, 1]


def test_a_schedule_that_ends_in_pure_noise_is_sampled_from_its_end() -> None:
    scheduler = sampling_scheduler(training_scheduler({"rescale_betas_zero_snr": True}))
    scheduler.set_timesteps(4)
    assert scheduler.timesteps[0] == 999


def test_an_unknown_prediction_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="prediction_type 'sample' is not supported"):
        noise_values({"prediction_type": "sample"})
