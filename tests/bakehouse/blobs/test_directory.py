import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import ObjectInfo
from bakehouse.errors import CapacityError, NotFoundError, StateError, UnavailableError

MIB = 1 << 20


def put(store: DirectoryStore, key: str, data: bytes = b"x") -> None:
    store.put(key, [data], size_bytes=len(data))


def get(store: DirectoryStore, key: str) -> bytes:
    return b"".join(store.read(key))


def keys(store: DirectoryStore) -> list[str]:
    return [entry.key for entry in store.list("") if isinstance(entry, ObjectInfo)]


def leftovers(root: Path) -> list[str]:
    return [path.name for path in (root / ".incoming").iterdir()]


def test_a_store_is_made_below_folders_that_are_missing(tmp_path: Path) -> None:
    for _ in range(2):
        DirectoryStore(tmp_path / "deep/down/store").create()
    put(DirectoryStore(tmp_path / "deep/down/store"), "object")


def test_nothing_is_made_by_itself(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="BAKEHOUSE_STORE_URL"):
        put(DirectoryStore(tmp_path / "store"), "object")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("root", ["absent", "mount-point", "file"])
def test_a_store_that_is_away_is_not_an_empty_one(tmp_path: Path, root: str) -> None:
    (tmp_path / "mount-point").mkdir()
    (tmp_path / "file").touch()
    store = DirectoryStore(tmp_path / root)
    attempts = [
        lambda: put(store, "p/object"),
        lambda: store.read("p/object"),
        lambda: store.stat("p/object"),
        lambda: list(store.list("p/")),
        lambda: store.delete(["p/object"]),
        store.probe,
    ]
    for attempt in attempts:
        with pytest.raises(UnavailableError, match="mounted"):
            attempt()
    assert list((tmp_path / "mount-point").iterdir()) == []


def test_a_full_disk_is_said_and_harms_nothing(small_disk: Path) -> None:
    store = DirectoryStore(small_disk / "store")
    store.create()
    put(store, "old", b"a" * MIB)
    with pytest.raises(CapacityError, match=r"writing p/new: .* no room .* free some"):
        store.put("p/new", (b"b" * MIB for _ in range(8)), size_bytes=8 * MIB)
    assert keys(store) == ["old"]
    assert get(store, "old") == b"a" * MIB
    assert leftovers(small_disk / "store") == []
    store.delete(["old"])
    put(store, "p/new", b"b" * 2 * MIB)


def test_a_read_only_disk_is_said_and_can_be_read(small_disk: Path) -> None:
    store = DirectoryStore(small_disk / "store")
    store.create()
    put(store, "old", b"data")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(UnavailableError, match="let this process write"):
        put(store, "new")
    with pytest.raises(UnavailableError, match="let this process write"):
        store.delete(["old"])
    assert get(store, "old") == b"data"


def test_a_limit_on_files_is_said_and_harms_nothing(directory: DirectoryStore) -> None:
    put(directory, "old", b"a" * MIB)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    try:
        with pytest.raises(CapacityError, match="no room"):
            put(directory, "old", b"b" * (MIB + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert get(directory, "old") == b"a" * MIB


def test_links_lead_nowhere(directory: DirectoryStore, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/canary").write_text("alive")
    (tmp_path / "store/link").symlink_to(tmp_path / "outside")
    (tmp_path / "store/canary").symlink_to(tmp_path / "outside/canary")
    for key in ("link/canary", "canary"):
        with pytest.raises(NotFoundError):
            directory.read(key)
        assert directory.stat(key) is None
    assert keys(directory) == []
    directory.delete(["link/canary"])
    put(directory, "canary")
    assert (tmp_path / "outside/canary").read_text() == "alive"


def test_without_a_signer_there_are_no_urls(directory: DirectoryStore) -> None:
    with pytest.raises(StateError, match="through the API"):
        directory.presign("p/object", method="GET", expires_s=60)
    assert not directory.probe().presign


def test_leftovers_are_swept_at_the_first_put(directory: DirectoryStore, tmp_path: Path) -> None:
    leftover = tmp_path / "store/.incoming/1-killed"
    leftover.touch()
    os.utime(leftover, (time.time() - 90_000,) * 2)
    put(directory, "object")
    assert leftovers(tmp_path / "store") == []


def write_forever(root: Path) -> None:
    store = DirectoryStore(root)
    put(store, "done")
    store.put("never", iter(lambda: b"x" * MIB, b""), size_bytes=1 << 60)


def test_a_writer_that_is_killed_leaves_nothing_to_see(directory: DirectoryStore, tmp_path: Path) -> None:
    writer = get_context("spawn").Process(target=write_forever, args=(tmp_path / "store",))
    writer.start()
    while not leftovers(tmp_path / "store") or directory.stat("done") is None:
        time.sleep(0.01)
    writer.kill()
    writer.join()
    assert keys(directory) == ["done"]
    assert len(leftovers(tmp_path / "store")) == 1


def write_many(root: Path, seed: int) -> None:
    store = DirectoryStore(root)
    for i in range(30):
        put(store, f"p/{i % 5}/{i}", bytes([seed]) * 10_000)


def test_processes_share_a_root(directory: DirectoryStore, tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        list(processes.map(write_many, [tmp_path / "store"] * 3, range(3)))
    assert len(keys(directory)) == 30
    assert all(
        len(set(get(directory, key))) == 1 and len(get(directory, key)) == 10_000 for key in keys(directory)
    )


STREAM = """
import resource, sys
from pathlib import Path
from bakehouse.blobs.directory import DirectoryStore

store = DirectoryStore(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put("big", (bytes(1 << 20) for _ in range(256)), size_bytes=256 << 20)
for chunk in store.read("big"):
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_memory_is_flat(directory: DirectoryStore, tmp_path: Path) -> None:
    program = [sys.executable, "-c", STREAM, str(tmp_path / "store")]
    used_mib = int(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)
    assert used_mib < 16
