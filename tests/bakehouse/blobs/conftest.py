"""Stores to break: a directory, and a SeaweedFS behind a proxy that spoils what a test chooses."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.s3 import S3Store
from tests.faultproxy import FaultProxy
from tests.weed import WeedProcess, running_weed


@pytest.fixture
def directory(tmp_path: Path) -> DirectoryStore:
    """A store below `tmp_path / "store"`."""
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return store


@pytest.fixture
def weed() -> WeedProcess:
    """The SeaweedFS that all tests share: keep to prefixes of your own."""
    return running_weed()


@pytest.fixture
def own_weed(tmp_path: Path) -> Iterator[WeedProcess]:
    """A SeaweedFS that the test may kill."""
    weed = WeedProcess(tmp_path / "weed")
    try:
        weed.start()
        yield weed
    finally:
        weed.kill()


@pytest.fixture
def proxy(weed: WeedProcess) -> Iterator[FaultProxy]:
    with FaultProxy(weed.ports["s3"]) as proxy:
        yield proxy


@pytest.fixture
def spoiled(weed: WeedProcess, proxy: FaultProxy) -> S3Store:
    """A store behind `proxy`, below a prefix of its own."""
    return weed.store(token_hex(8), endpoint=proxy.endpoint)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "bakehouse-test", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is refused here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
