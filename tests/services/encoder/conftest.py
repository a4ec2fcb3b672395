"""A store of its own for each test, and tiny models that all share."""

from pathlib import Path

import pytest
import torch

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest
from tests.bakehouse.models.tiny_models import TinyModel, save_folder, save_single, tiny_model
from tests.services.encoder.bakes import Bench, new_bench

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model() -> TinyModel:
    return tiny_model()


@pytest.fixture(scope="session")
def folder(model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(model, tmp_path_factory.mktemp("tiny") / "folder")


@pytest.fixture(scope="session")
def single(model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_single(model, tmp_path_factory.mktemp("tiny") / "single")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


@pytest.fixture
def bench(blobs: Blobs, tmp_path: Path) -> Bench:
    return new_bench(blobs, tmp_path / "scratch")


@pytest.fixture
def base_model(bench: Bench, folder: Path) -> Digest:
    return bench.register(folder)
