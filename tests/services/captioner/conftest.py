"""A store of its own for each test, with a project and the one of models."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


@pytest.fixture
def shared(blobs: Blobs) -> Blobs:
    return Blobs(blobs.store, "shared")
