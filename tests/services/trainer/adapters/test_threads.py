from collections.abc import Iterator

import pytest
import torch
from torch import nn

from services.trainer.adapters.threads import limit_threads


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("num_parameters", "num_threads"), [(1000, 1), (59_000_000, 2), (860_000_000, 4)])
def test_a_model_has_as_many_threads_as_work(num_parameters: int, num_threads: int) -> None:
    limit_threads(nn.Linear(1000, num_parameters // 1000, bias=False, device="meta"))
    assert torch.get_num_threads() == num_threads


def test_threads_are_never_added() -> None:
    torch.set_num_threads(1)
    limit_threads(nn.Linear(1000, 860_000, bias=False, device="meta"))
    assert torch.get_num_threads() == 1
