"""AdamW over the adapter, with what a checkpoint keeps of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bakehouse.errors import CorruptionError
from services.trainer.ports import Crew, TrainedModel
from services.trainer.progress import Checkpoint
from services.trainer.training_spec import TrainingSpec

_STEP = "step"
_STATE = ("exp_avg", "exp_avg_sq", _STEP)


class Optimizer:
    """One parameter group a module, each with a highest rate of its own."""

    def __init__(self, spec: TrainingSpec, model: TrainedModel, crew: Crew) -> None:
        self._crew = crew
        self._max_grad_norm = spec.max_grad_norm
        self._parameters = model.parameters()
        rates = {"unet": spec.rate_of_unet, "text_encoder": spec.rate_of_text_encoder}
        self._rates = {name: rates[name] for name in model.modules if rates[name] > 0}
        options = spec.adamw
        self._adamw = torch.optim.AdamW(
            [{"params": self._of(name), "lr": rate} for name, rate in self._rates.items()],
            betas=options.betas,
            eps=options.eps,
            weight_decay=options.weight_decay,
            fused=True,  # hundreds of small matrices, one by one, are 5 % of a small model's step
        )
        crew.prepare(model, self._adamw)

    @property
    def rate(self) -> float:
        """The highest rate of the first group, which is what losses are told with."""
        return next(iter(self._rates.values()))

    @property
    def groups(self) -> Sequence[Mapping[str, Any]]:
        """The groups as torch has them."""
        return self._adamw.param_groups

    def update(self, factor: float) -> None:
        """One step at `factor` of the highest rates."""
        for group, rate in zip(self._adamw.param_groups, self._rates.values(), strict=True):
            group["lr"] = rate * factor
        self._crew.update(list(self._parameters.values()), self._max_grad_norm)

    def tensors(self) -> dict[str, Tensor]:
        """Parameters and moments as they are now: copies on the CPU."""
        found = {f"parameter/{name}": parameter.detach() for name, parameter in self._parameters.items()}
        for name, parameter in self._parameters.items():
            state = self._adamw.state.get(parameter, {})
            found |= {f"{key}/{name}": state[key] for key in _STATE if key in state}
        return {name: tensor.to("cpu", copy=True).contiguous() for name, tensor in found.items()}

    def load(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            CorruptionError: it is of another model.
        """
        tensors = checkpoint.tensors
        if missing := [name for name in self._parameters if f"parameter/{name}" not in tensors]:
            raise CorruptionError(f"the checkpoint lacks {missing[0]}; remove the run's checkpoints")
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                parameter.copy_(tensors[f"parameter/{name}"])
                if f"{_STEP}/{name}" in tensors:
                    self._adamw.state[parameter] = _state(tensors, name, parameter)
        self._crew.load_scaler_state(checkpoint.progress.scaler)

    def _of(self, module: str) -> list[nn.Parameter]:
        return [parameter for name, parameter in self._parameters.items() if name.startswith(f"{module}.")]


def _state(tensors: Mapping[str, Tensor], name: str, parameter: nn.Parameter) -> dict[str, Tensor]:
    return {key: tensors[f"{key}/{name}"].to(parameter.device, copy=True) for key in _STATE}
