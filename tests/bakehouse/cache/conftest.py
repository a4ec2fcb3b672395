"""A store of its own for each test: an index is a listing, so what others put there would be found."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "kitchen")
