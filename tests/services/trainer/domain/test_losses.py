import torch

from services.trainer.domain.losses import min_snr_weights, prior_weights, squared_error, weighted_loss
from services.trainer.domain.noise_schedule import Prediction


def test_squared_errors_are_means_of_samples() -> None:
    error = squared_error(torch.tensor([[1.0, 3.0], [0.0, 0.0]]), torch.zeros(2, 2))
    assert error.tolist() == [5.0, 0.0]


def test_squared_errors_are_computed_in_float32() -> None:
    assert squared_error(torch.ones(1, 2, dtype=torch.float16), torch.zeros(1, 2)).dtype == torch.float32


def test_min_snr_limits_easy_steps() -> None:
    snr = torch.tensor([0.5, 5.0, 50.0])
    torch.testing.assert_close(min_snr_weights(snr, 5, Prediction.EPSILON), torch.tensor([1.0, 1.0, 0.1]))


def test_min_snr_for_velocity_takes_no_signal() -> None:
    assert min_snr_weights(torch.tensor([0.0, 4.0]), 5, Prediction.VELOCITY).tolist() == [
        0.0,
        0.800000011920929,
    ]


def test_weights_multiply_and_leave_the_divisor() -> None:
    loss = weighted_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.5]), torch.tensor([2.0, 1.0]))
    assert float(loss) == 1.5


def test_prior_pictures_have_their_own_weight() -> None:
    assert prior_weights([True, False], 0.25).tolist() == [0.25, 1.0]
