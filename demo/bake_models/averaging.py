"""An exponential average of a model's weights, which samples better than the last step's weights."""

import torch

DECAY = 0.999


class Average:
    """Follows a model's parameters; its memory grows from a few steps to about a thousand."""

    def __init__(self, model: torch.nn.Module) -> None:
        self._shadow = [parameter.detach().clone() for parameter in model.parameters()]
        self._followed: list[torch.Tensor] = list(model.parameters())

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Takes in the parameters after a step; steps count from 0."""
        decay = min(DECAY, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._shadow, self._followed, 1 - decay)

    @torch.no_grad()
    def copy_to(self, model: torch.nn.Module) -> None:
        """Puts the average into a model of the same shape."""
        for parameter, shadow in zip(model.parameters(), self._shadow, strict=True):
            parameter.copy_(shadow)
