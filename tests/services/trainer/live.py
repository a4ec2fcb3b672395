"""A live optimizer over a tiny model's adapter."""

from dataclasses import dataclass
from typing import Any

import torch
from accelerate.state import AcceleratorState  # type: ignore[import-untyped]  # it ships no types

from services.trainer.adapters.base_parts import LoadedBase
from services.trainer.adapters.crew import AccelerateCrew
from services.trainer.adapters.lora_model import LoraModel
from services.trainer.optimizer import Optimizer
from services.trainer.training_spec import TrainingSpec
from tests.services.trainer.bakery import Bakery


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptimizer:
    model: LoraModel
    optimizer: Optimizer

    def step(self) -> None:
        """A step whose gradients only the parameters decide."""
        for parameter in self.model.parameters().values():
            parameter.grad = parameter.detach() + 1
        self.optimizer.update(1.0)


def live_optimizer(bakery: Bakery, **changes: Any) -> LiveOptimizer:
    AcceleratorState._reset_state(reset_partial_state=True)
    spec = TrainingSpec(base_model=bakery.base_model, max_train_steps=1, **changes)
    base = LoadedBase(bakery.blobs, spec, bakery.scratch, torch.device("cpu"))
    model = LoraModel(base.parts, spec, seed=1)
    return LiveOptimizer(model=model, optimizer=Optimizer(spec, model, AccelerateCrew("no")))
