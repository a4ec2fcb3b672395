"""What training needs of the world around it, each in the words of the one who needs it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor, nn

from bakehouse.cache.shards import IndexEntry
from services.trainer.domain.adapter_metadata import ModelFacts
from services.trainer.domain.noise_schedule import Prediction
from services.trainer.progress import Checkpoint
from services.trainer.training_spec import SamplePrompt


class TensorSource(Protocol):
    """Cached tensors by their place."""

    def read(self, places: Sequence[IndexEntry]) -> list[Tensor]:
        """The tensors, on the CPU, in the order asked for.

        Raises:
            NotFoundError, CorruptionError: a shard is not there, or damaged.
        """
        ...


class Modules(Protocol):
    """What a crew takes over of a model."""

    modules: Mapping[str, nn.Module]  # `unet` and, where it is trained, `text_encoder`

    def wrap(self, modules: Mapping[str, nn.Module]) -> None:
        """Compute with these instead of `modules`: the same ones, wrapped by the crew."""
        ...


class TrainedModel(Modules, Protocol):
    """A base model whose adapter is trained."""

    prediction: Prediction
    alphas: Tensor  # (t,) float32 on the CPU: the signal's share at each timestep
    facts: ModelFacts

    def parameters(self) -> Mapping[str, nn.Parameter]:
        """What is trained, by names that begin with that of their module."""
        ...

    def scale(self, latents: Tensor) -> Tensor:
        """Raw latents, as they are cached, as the denoiser takes them."""
        ...

    def predict(self, noisy: Tensor, timesteps: Tensor, hidden: Tensor) -> Tensor:
        """What the denoiser says of (b, c, h, w) latents at (b,) timesteps under (b, n, d) hidden states."""
        ...

    def encode(self, texts: Sequence[str]) -> Tensor:
        """The hidden states of texts, through the text encoder that is trained: (b, n, d)."""
        ...

    def adapter(self) -> Mapping[str, Tensor]:
        """The adapter under kohya's names, float32 copies on the CPU."""
        ...


class Crew(Protocol):
    """The ranks as one: what accelerate does for them."""

    rank: int
    num_ranks: int
    device: torch.device

    def prepare(self, model: Modules, optimizer: torch.optim.Optimizer) -> None:
        """Take both over: gradients will be averaged over ranks."""
        ...

    def accumulating(self, *, is_last: bool) -> AbstractContextManager[None]:
        """Around a micro-batch: gradients are exchanged with the last one of a step only."""
        ...

    def autocast(self) -> AbstractContextManager[None]:
        """Around what is computed in the run's precision."""
        ...

    def backward(self, loss: Tensor) -> None:
        """Add the loss's gradients to what there is."""
        ...

    def update(self, parameters: Sequence[nn.Parameter], max_grad_norm: float) -> None:
        """Clip, step, and forget the gradients."""
        ...

    def mean(self, value: Tensor) -> float:
        """The mean of a scalar over all ranks."""
        ...

    def agree(self, *, flag: bool) -> bool:
        """What rank 0 says."""
        ...

    def scaler_state(self) -> dict[str, float]:
        """The state of the loss scaler, empty where there is none."""
        ...

    def load_scaler_state(self, state: Mapping[str, float]) -> None:
        """Go on with that state."""
        ...


class Checkpoints(Protocol):
    """The checkpoints of one run, and the wish that it stop."""

    def newest(self) -> Checkpoint | None:
        """The newest that is whole; None where there is none."""
        ...

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, all or nothing, and the one before it; older ones go."""
        ...

    def stop_is_asked(self) -> bool:
        """Whether somebody asked the run to stop. Cheap: asks the store at most once a second."""
        ...

    def forget_stop(self) -> None:
        """The wish was met."""
        ...


class Painter(Protocol):
    """Makes pictures with the model as it is now."""

    def paint(self, prompt: SamplePrompt) -> bytes:
        """A PNG. Its prompt has width, height and seed."""
        ...
