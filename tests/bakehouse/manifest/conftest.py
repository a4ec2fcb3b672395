"""A store of its own for these tests, shared by them: what is named by its digest is in nobody's way."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    store = DirectoryStore(tmp_path_factory.mktemp("store") / "root")
    store.create()
    return Blobs(store, "kitchen")
