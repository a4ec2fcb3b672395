from collections.abc import Mapping

import torch
from torch import nn

from services.trainer.adapters.lora import (
    add_lora,
    layers_of,
    lora_layers,
    lora_parameters,
    lora_tensors,
    matrices,
)
from services.trainer.domain.key_names import Layer, Ranks

RANKS = Ranks(network_dim=2, network_alpha=1, conv_dim=3, conv_alpha=6)


def toy(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.Conv2d(8, 8, 1), nn.Flatten(), nn.Linear(32, 5))


def adapted(seed: int = 0, *, path: str = "") -> nn.Sequential:
    model = toy()
    add_lora(model, lambda layer: layer.path != path, RANKS, seed=seed)
    return model


def randomise(model: nn.Module) -> None:
    for _, parameter in lora_parameters(model):
        parameter.data = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5))


def test_layers_are_linear_ones_and_convolutions() -> None:
    assert list(layers_of(toy())) == [
        Layer(path="0", kernel=3),
        Layer(path="1", kernel=1),
        Layer(path="3"),
    ]


def test_a_fresh_adapter_changes_nothing() -> None:
    data = torch.randn(2, 4, 2, 2)
    assert torch.equal(adapted()(data), toy()(data))


def test_only_the_adapter_is_trained() -> None:
    model = adapted()
    trained = {id(parameter) for _, parameter in lora_parameters(model)}
    assert {id(parameter) for parameter in model.parameters() if parameter.requires_grad} == trained


def test_what_is_no_target_stays_bare() -> None:
    assert [path for path, _ in lora_layers(adapted(path="1"))] == ["0", "3"]


def test_down_matrices_come_from_the_seed_and_their_path_alone() -> None:
    one, other, fewer = adapted(1), adapted(2), adapted(1, path="0")
    found = {path: matrices(layer)[0] for path, layer in lora_layers(one)}
    assert torch.equal(dict(lora_parameters(fewer))["3.down"], found["3"])
    assert not torch.equal(dict(lora_parameters(other))["3.down"], found["3"])
    assert float(found["3"].detach().abs().max()) <= 32**-0.5


def test_the_file_says_what_the_model_computes() -> None:
    model = adapted()
    randomise(model)
    tensors = lora_tensors(model, lambda path: path)
    data = torch.randn(2, 4, 2, 2)
    hidden = nn.functional.conv2d(data, *merged(tensors, "0"), padding=1)
    hidden = nn.functional.conv2d(hidden, *merged(tensors, "1"))
    expected = nn.functional.linear(hidden.flatten(1), *merged(tensors, "3"))
    torch.testing.assert_close(model(data), expected, rtol=1e-4, atol=1e-4)


def merged(tensors: Mapping[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """W + alpha / rank * up down, as every reader of such files computes it, and the layer's bias."""
    layer = toy().get_submodule(name)
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    down, up, alpha = (tensors[f"{name}.{part}"] for part in ("lora_down.weight", "lora_up.weight", "alpha"))
    product = (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    return weight + float(alpha) / len(down) * product, bias


def test_ranks_and_alphas_are_those_of_their_layers() -> None:
    tensors = lora_tensors(adapted(), lambda path: path)
    assert [float(tensors[f"{path}.alpha"]) for path in "013"] == [6.0, 1.0, 1.0]
    assert [tuple(tensors[f"{path}.lora_down.weight"].shape) for path in "013"] == [
        (3, 4, 3, 3),
        (2, 8, 1, 1),
        (2, 32),
    ]
