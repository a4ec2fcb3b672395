from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.registry.revisions import Revisions


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return store


@pytest.fixture
def revisions(store: DirectoryStore) -> Revisions:
    return Revisions(store)
