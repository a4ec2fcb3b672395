"""A tiny model and what it is trained on, made once for all tests that leave it as it is."""

import pytest
import torch

from tests.services.trainer.bakery import Bakery, open_bakery
from tests.services.trainer.oven import Oven

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Bakery:
    return open_bakery(tmp_path_factory.mktemp("bakery"))


@pytest.fixture
def oven(bakery: Bakery) -> Oven:
    return Oven(bakery)
