import errno
import os
from pathlib import Path

import pytest

from bakehouse.blobs.disk import Folders, disk_error, remove, sync
from bakehouse.errors import BakehouseError, CapacityError, UnavailableError


def test_folders_are_made_down_to_the_last(tmp_path: Path) -> None:
    with Folders(tmp_path).made(["a", "b", "c"]) as folder:
        sync(folder)
        assert os.fstat(folder).st_ino == (tmp_path / "a/b/c").stat().st_ino


def test_a_known_folder_that_was_removed_is_made_again(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    for _ in range(2):
        with folders.made(["a", "b"]):
            (tmp_path / "a/b").rmdir()
    with folders.made(["a", "b"]):
        assert (tmp_path / "a/b").is_dir()


@pytest.mark.parametrize("names", [["absent"], ["there", "absent"], ["file"], ["file", "below"]])
def test_what_is_no_folder_is_not_entered(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises((FileNotFoundError, NotADirectoryError)), Folders(tmp_path).existing(names):
        pass


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to(tmp_path / "outside")
    folders = Folders(tmp_path / "root")
    with pytest.raises(OSError, match="link"), folders.existing(["link"]):
        pass
    with pytest.raises(OSError, match="link"), folders.made(["link", "below"]):
        pass
    assert list((tmp_path / "outside").iterdir()) == []


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    with Folders(tmp_path / "root").made(["a"]):
        assert (tmp_path / "disk/a").is_dir()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    before = set(Path("/dev/fd").iterdir())
    with folders.made(["a", "b"]):
        pass
    with pytest.raises(FileNotFoundError), folders.existing(["a", "absent", "b"]):
        pass
    assert set(Path("/dev/fd").iterdir()) == before


def test_removing_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with Folders(tmp_path).existing([]) as root:
        remove("absent", root)
        remove("folder", root)
    assert (tmp_path / "folder").is_dir()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, CapacityError),
        (errno.EDQUOT, CapacityError),
        (errno.EFBIG, CapacityError),
        (errno.EROFS, UnavailableError),
        (errno.EACCES, UnavailableError),
        (errno.EIO, UnavailableError),
    ],
)
def test_what_an_error_means(code: int, kind: type[BakehouseError]) -> None:
    error = disk_error(OSError(code, "x", "/var/secret/path"), "writing k", place="the disk")
    assert type(error) is kind
    assert error.message.startswith("writing k: the disk ")
    assert os.strerror(code) in error.message
    assert "/var" not in error.message
