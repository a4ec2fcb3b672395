"""LoRA in a model's layers, through peft: put in, started from a seed, and taken out under kohya's names."""

import math
import re
from collections.abc import Callable, Iterator, Mapping

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from bakehouse.schedule.turns import Turn
from services.trainer.domain.key_names import ALPHA, DOWN, UP, Layer, Ranks

_NAME = "default"


def layers_of(module: nn.Module) -> Iterator[Layer]:
    """The linear layers and convolutions of a model."""
    for path, layer in module.named_modules():
        if isinstance(layer, nn.Linear):
            yield Layer(path=path)
        elif isinstance(layer, nn.Conv2d):
            yield Layer(path=path, kernel=max(layer.kernel_size))


def add_lora(module: nn.Module, is_target: Callable[[Layer], bool], ranks: Ranks, *, seed: int) -> None:
    """Freeze a model and give each target layer a LoRA, float32, whose product is 0 at first.

    The down matrix is uniform in +-1/sqrt(inputs) (He et al. 2015 with a = sqrt 5, as kohya has it), drawn
    from seed and path alone; the up matrix is 0.
    """
    targets = {layer.path: ranks.of(layer) for layer in layers_of(module) if is_target(layer)}
    module.requires_grad_(requires_grad=False)
    config = LoraConfig(
        r=ranks.network_dim,
        lora_alpha=1,  # each layer has its own below
        target_modules=list(targets),
        rank_pattern={re.escape(path): rank for path, (rank, _) in targets.items()},
        alpha_pattern={re.escape(path): alpha for path, (_, alpha) in targets.items()},
    )
    inject_adapter_in_model(config, module, adapter_name=_NAME)
    for path, layer in lora_layers(module):
        down, up = matrices(layer)
        generator = torch.Generator().manual_seed(
            Turn(seed=seed, epoch=0, batch=0, sample=path.encode()).bits("lora_down")
        )
        with torch.no_grad():
            start = torch.empty(down.shape, dtype=torch.float32)
            nn.init.kaiming_uniform_(start, a=math.sqrt(5), generator=generator)
            down.data = start.to(down.device)
            up.data = torch.zeros(up.shape, dtype=torch.float32, device=up.device)


def lora_layers(module: nn.Module) -> Iterator[tuple[str, LoraLayer]]:
    """The layers that have a LoRA, by their paths."""
    for path, layer in module.named_modules():
        if isinstance(layer, LoraLayer):
            yield path, layer


def matrices(layer: LoraLayer) -> tuple[nn.Parameter, nn.Parameter]:
    """A layer's down and up matrices."""
    down, up = layer.lora_A[_NAME].weight, layer.lora_B[_NAME].weight
    assert isinstance(down, nn.Parameter) and isinstance(up, nn.Parameter)  # noqa: PT018 - one invariant
    return down, up


def lora_parameters(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """What is trained, by path and side."""
    for path, layer in lora_layers(module):
        down, up = matrices(layer)
        yield f"{path}.down", down
        yield f"{path}.up", up


def lora_tensors(module: nn.Module, name_of: Callable[[str], str]) -> Mapping[str, Tensor]:
    """The adapter as kohya's files have it: float32 copies on the CPU."""
    tensors: dict[str, Tensor] = {}
    for path, layer in lora_layers(module):
        down, up = matrices(layer)
        name = name_of(path)
        alpha = layer.scaling[_NAME] * layer.r[_NAME]
        tensors[f"{name}.{DOWN}"] = _copy(down)
        tensors[f"{name}.{UP}"] = _copy(up)
        tensors[f"{name}.{ALPHA}"] = torch.tensor(float(alpha))
    return tensors


def _copy(parameter: nn.Parameter) -> Tensor:
    return parameter.detach().to("cpu", torch.float32, copy=True).contiguous()
