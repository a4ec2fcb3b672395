"""A kitchen for the dataset service, and a store that its tests share the shape of."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import dataset_kitchen


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return store


@pytest.fixture
def blobs(store: DirectoryStore) -> Blobs:
    return Blobs(store, "p")


@pytest.fixture
async def dataset(
    shared_nats: NatsProcess, store: DirectoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ServiceKitchen]:
    monkeypatch.setenv("BAKEHOUSE_STORE_URL", f"dir://{tmp_path / 'store'}")
    monkeypatch.setenv("BAKEHOUSE_SOURCE_ROOTS", str(tmp_path / "pictures"))
    async with dataset_kitchen(shared_nats, store, tmp_path) as kitchen:
        yield kitchen
