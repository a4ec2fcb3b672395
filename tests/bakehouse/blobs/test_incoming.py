import os
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.disk import Folders
from bakehouse.blobs.incoming import INCOMING, Incoming, sweep
from bakehouse.errors import InvalidInputError

_HOUR_S = 3600


@pytest.fixture
def root(directory: DirectoryStore, tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_nothing_is_seen_before_it_is_placed(root: Path) -> None:
    incoming = Incoming(Folders(root))
    incoming.write(b"data")
    assert [path.name for path in root.iterdir()] == [INCOMING]
    incoming.place(["a", "b"])
    incoming.close()
    assert (root / "a/b").read_bytes() == b"data"


def test_what_is_not_placed_is_removed(root: Path) -> None:
    incoming = Incoming(Folders(root))
    incoming.write(b"data")
    incoming.close()
    assert list((root / INCOMING).iterdir()) == []


@pytest.mark.parametrize("names", [["folder"], ["file", "below"], ["file", "far", "below"]])
def test_a_key_is_no_folder_of_another(root: Path, names: list[str]) -> None:
    (root / "folder").mkdir()
    (root / "file").touch()
    incoming = Incoming(Folders(root))
    with pytest.raises(InvalidInputError, match="choose another key"):
        incoming.place(names)
    incoming.close()


def test_empty_folders_may_be_tidied_away_at_any_moment(root: Path) -> None:
    folders = Folders(root)
    done = Event()

    def tidy() -> None:
        while not done.wait(0.002):
            for path in (root / "a/b", root / "a"):
                try:
                    path.rmdir()
                except OSError:
                    continue

    tidier = Thread(target=tidy)
    tidier.start()
    try:
        for _ in range(200):
            incoming = Incoming(folders)
            incoming.place(["a", "b", "c"])
            incoming.close()
            (root / "a/b/c").unlink()
    finally:
        done.set()
        tidier.join()


def test_leftovers_are_swept_when_they_are_a_day_old(root: Path) -> None:
    for name, hours in (("old", 25), ("young", 23)):
        (root / INCOMING / name).touch()
        modified = time.time() - hours * _HOUR_S
        os.utime(root / INCOMING / name, (modified, modified))
    sweep(Folders(root))
    assert [path.name for path in (root / INCOMING).iterdir()] == ["young"]
