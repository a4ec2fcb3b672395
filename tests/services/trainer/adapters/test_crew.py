from collections.abc import Iterator, Mapping

import pytest
import torch
from accelerate.state import AcceleratorState  # type: ignore[import-untyped]  # it ships no types
from torch import nn

from bakehouse.jobs.failures import ConfigError
from services.trainer.adapters.crew import AccelerateCrew, check_devices, check_precision

needs_no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.fixture
def crew() -> Iterator[AccelerateCrew]:
    AcceleratorState._reset_state(reset_partial_state=True)
    yield AccelerateCrew("no")
    AcceleratorState._reset_state(reset_partial_state=True)


def test_one_process_is_a_crew(crew: AccelerateCrew) -> None:
    assert (crew.rank, crew.num_ranks) == (0, 1)
    assert crew.mean(torch.tensor(0.5)) == 0.5
    assert crew.agree(flag=True)
    assert not crew.agree(flag=False)


def test_without_a_scaler_there_is_no_state(crew: AccelerateCrew) -> None:
    assert crew.scaler_state() == {}
    crew.load_scaler_state({})


def test_gradients_are_clipped_and_forgotten(crew: AccelerateCrew) -> None:
    parameter = nn.Parameter(torch.zeros(2))
    crew.prepare(_Model(), torch.optim.SGD([parameter], lr=1.0))
    crew.backward((parameter * 10).sum())
    crew.update([parameter], max_grad_norm=1.0)
    assert float(parameter.detach().norm()) == pytest.approx(1.0, rel=1e-4)
    assert parameter.grad is None


@needs_no_gpu
def test_fp16_needs_a_gpu() -> None:
    with pytest.raises(ConfigError, match="this worker has none; use no or bf16"):
        check_precision("fp16")


def test_each_process_needs_a_gpu_where_there_are_any() -> None:
    check_devices(2, 0)
    check_devices(2, 2)
    with pytest.raises(ConfigError, match="num_processes is 3, and this worker has 2 GPUs; ask for no more"):
        check_devices(3, 2)


class _Model:
    def __init__(self) -> None:
        self.modules: Mapping[str, nn.Module] = {}

    def wrap(self, modules: Mapping[str, nn.Module]) -> None:
        assert modules == {}
