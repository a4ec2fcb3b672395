import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from bakehouse.models.denoiser import training_target
from bakehouse.models.noise import PUBLISHED, training_scheduler
from bakehouse.schedule.turns import Turn
from services.trainer.domain.noise_schedule import (
    Prediction,
    draw_noise,
    draw_timesteps,
    noisy_latents,
    signal_to_noise,
    target,
)

SCHEDULER: DDPMScheduler = training_scheduler({**PUBLISHED, "prediction_type": "v_prediction"})
STEPS = torch.tensor([0, 500, 999])
ALPHAS = SCHEDULER.alphas_cumprod[STEPS]
LATENTS, NOISE = torch.randn(2, 3, 4, 2, 2, generator=torch.Generator().manual_seed(1))


def turns(count: int) -> list[Turn]:
    return [Turn(seed=1, epoch=0, batch=0, sample=bytes([number])) for number in range(count)]


def test_noise_is_added_as_diffusers_does() -> None:
    expected = SCHEDULER.add_noise(LATENTS, NOISE, STEPS)
    torch.testing.assert_close(noisy_latents(LATENTS, NOISE, ALPHAS), expected)


def test_the_target_is_the_noise_or_the_velocity() -> None:
    assert target(Prediction.EPSILON, LATENTS, NOISE, ALPHAS) is NOISE
    expected = training_target(SCHEDULER, LATENTS, NOISE, STEPS)
    torch.testing.assert_close(target(Prediction.VELOCITY, LATENTS, NOISE, ALPHAS), expected)


def test_signal_to_noise_is_the_ratio_of_variances() -> None:
    torch.testing.assert_close(signal_to_noise(torch.tensor([0.5, 0.8])), torch.tensor([1.0, 4.0]))


def test_timesteps_are_in_their_range() -> None:
    steps = draw_timesteps(turns(200), first=10, stop=20)
    assert set(steps.tolist()) == set(range(10, 20))


def test_noise_belongs_to_its_turn() -> None:
    noise = draw_noise(turns(4), (4, 8, 8))
    assert noise.shape == (4, 4, 8, 8)
    assert torch.equal(noise[2:], draw_noise(turns(4)[2:], (4, 8, 8)))
    assert abs(float(noise.mean())) < 0.1
    assert abs(float(noise.std()) - 1) < 0.1
