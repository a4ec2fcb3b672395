"""A shelf for snapshots."""

from pathlib import Path

import pytest

from bakehouse.jetstream.connection import Connection
from tests.gateway.bakery import Bakery
from tests.gateway.snapshots.shelf import Shelf, open_shelf


@pytest.fixture
async def shelf(bakeshop: Bakery, connection: Connection, tmp_path: Path) -> Shelf:
    return await open_shelf(bakeshop, connection, tmp_path)
