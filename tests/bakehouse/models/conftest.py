"""One tiny model for all tests of this room, in both layouts."""

from pathlib import Path

import pytest
import torch

from bakehouse.base_model import BaseModel
from bakehouse.digest import digest_bytes
from bakehouse.models.loading import describe_model
from tests.bakehouse.models.tiny_models import TinyModel, save_folder, save_single, tiny_model

torch.set_num_threads(1)

LISTING = digest_bytes(b"a listing")


@pytest.fixture(scope="session")
def model() -> TinyModel:
    return tiny_model()


@pytest.fixture(scope="session")
def folder(model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(model, tmp_path_factory.mktemp("tiny") / "folder")


@pytest.fixture(scope="session")
def single(model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_single(model, tmp_path_factory.mktemp("tiny") / "single")


@pytest.fixture(scope="session")
def described(folder: Path) -> BaseModel:
    return describe_model(folder, "diffusers", LISTING)
