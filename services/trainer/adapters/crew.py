"""The ranks as one, through accelerate: devices, precision, gradients averaged over processes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]  # it ships no types
from torch import Tensor, nn

from bakehouse.jobs.failures import ConfigError
from services.trainer.ports import Modules


def check_precision(mixed_precision: str) -> None:
    """Refuse a precision that this machine's device has not.

    Raises:
        ConfigError: it can't be used here.
    """
    has_gpu = torch.cuda.is_available()
    if mixed_precision == "fp16" and not has_gpu:
        raise ConfigError("mixed_precision fp16 needs a GPU, and this worker has none; use no or bf16")
    if mixed_precision == "bf16" and has_gpu and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ConfigError("mixed_precision bf16 is not known to this worker's GPU; use fp16 or no")


def check_devices(num_processes: int, num_gpus: int) -> None:
    """Refuse more processes than there are GPUs, where there are any.

    Raises:
        ConfigError: some would have none.
    """
    if 0 < num_gpus < num_processes:
        raise ConfigError(
            f"num_processes is {num_processes}, and this worker has {num_gpus} GPUs; ask for no more"
        )


class AccelerateCrew:
    """One process of the crew; torchrun's variables say which."""

    def __init__(self, mixed_precision: str) -> None:
        check_precision(mixed_precision)
        check_devices(int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count())
        if os.environ.get("WORLD_SIZE") == "1":  # a process group of one only costs
            for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"):
                os.environ.pop(name, None)
        # unless it is told that this is meant, accelerate takes ranks without GPUs for runs of their own
        self._accelerator = Accelerator(mixed_precision=mixed_precision, cpu=not torch.cuda.is_available())
        self.rank = self._accelerator.process_index
        self.num_ranks = self._accelerator.num_processes
        self.device: torch.device = self._accelerator.device
        self._modules: list[nn.Module] = []

    def prepare(self, model: Modules, optimizer: torch.optim.Optimizer) -> None:
        """Wrap modules and optimizer."""
        prepared = {name: self._accelerator.prepare(module) for name, module in model.modules.items()}
        model.wrap(prepared)
        self._modules = list(prepared.values())
        self._optimizer = self._accelerator.prepare(optimizer)

    @contextmanager
    def accumulating(self, *, is_last: bool) -> Iterator[None]:
        """As the port says."""
        with ExitStack() as stack:
            for module in self._modules if not is_last else ():
                stack.enter_context(self._accelerator.no_sync(module))
            yield

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """As the port says."""
        with self._accelerator.autocast():
            yield

    def backward(self, loss: Tensor) -> None:
        """As the port says."""
        self._accelerator.backward(loss)

    def update(self, parameters: Sequence[nn.Parameter], max_grad_norm: float) -> None:
        """As the port says; without a limit gradients are still unscaled."""
        if max_grad_norm > 0:
            self._accelerator.clip_grad_norm_(parameters, max_grad_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def mean(self, value: Tensor) -> float:
        """As the port says."""
        if self.num_ranks == 1:
            return float(value)
        return float(self._accelerator.reduce(value, reduction="mean"))

    def agree(self, *, flag: bool) -> bool:
        """As the port says."""
        if self.num_ranks == 1:
            return flag
        said = torch.tensor(float(flag), device=self.device)
        return float(self._accelerator.reduce(said, reduction="sum")) > 0

    def scaler_state(self) -> dict[str, float]:
        """As the port says."""
        scaler = self._accelerator.scaler
        return {} if scaler is None else {name: float(value) for name, value in scaler.state_dict().items()}

    def load_scaler_state(self, state: Mapping[str, float]) -> None:
        """As the port says."""
        scaler = self._accelerator.scaler
        if scaler is not None and state:
            kinds = {name: type(value) for name, value in scaler.state_dict().items()}
            scaler.load_state_dict({name: kinds[name](value) for name, value in state.items()})
