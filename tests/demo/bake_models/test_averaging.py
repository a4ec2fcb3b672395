import torch

from demo.bake_models.averaging import Average


def test_the_average_lies_between_first_and_last_weights() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 0.0)
    average = Average(layer)
    for step in range(20):
        torch.nn.init.constant_(layer.weight, 1.0)
        average.update(step)
    average.copy_to(layer)
    assert 0.9 < layer.weight.item() < 1.0


def test_a_constant_is_its_own_average() -> None:
    layer = torch.nn.Linear(3, 3)
    before = layer.weight.detach().clone()
    average = Average(layer)
    for step in range(5):
        average.update(step)
    average.copy_to(layer)
    torch.testing.assert_close(layer.weight, before)
