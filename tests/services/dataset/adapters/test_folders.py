from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.folders import ServerFolders
from services.dataset.ports import SeenFile
from tests.services.dataset.units import folder_of


def seen(folders: ServerFolders, path: Path) -> list[SeenFile]:
    return sorted(folders.walk(str(path)), key=lambda file: file.name)


def test_files_are_stored_as_they_were_seen(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (folder / "deep").mkdir()
    (folder / "deep" / "b.txt").write_bytes(b"22")
    folders = ServerFolders([tmp_path / "pictures"])
    one, two = seen(folders, folder)
    assert (one.name, one.size_bytes, two.name, two.size_bytes) == ("a.png", 1, "deep/b.txt", 2)
    assert blobs.get(folders.store(str(folder), two, blobs)) == b"22"


def test_no_link_leads_out_of_the_root(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "inside.png").symlink_to(folder / "a.png")
    (folder / "gone.png").symlink_to(folder / "nothing.png")
    (folder / "round").symlink_to(folder)
    folders = ServerFolders([tmp_path / "pictures"])
    assert [file.name for file in seen(folders, folder)] == ["a.png", "inside.png"]
    stolen = SeenFile(name="out.png", size_bytes=6, modified_ns=0)
    with pytest.raises(InvalidInputError, match="leads out of the folder"):
        folders.store(str(folder), stolen, blobs)


def test_only_folders_below_a_root_are_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (tmp_path / "pictures" / "way_out").symlink_to(tmp_path)
    folders = ServerFolders([tmp_path / "pictures"])
    for path in (tmp_path, tmp_path / "pictures" / "..", tmp_path / "pictures" / "way_out", folder / "a.png"):
        with pytest.raises(InvalidInputError, match="is no folder below BAKEHOUSE_SOURCE_ROOTS"):
            seen(folders, path)
    with pytest.raises(InvalidInputError, match="reads none of its own folders"):
        seen(ServerFolders([]), folder)


def test_a_file_that_is_gone_is_named(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path)
    folders = ServerFolders([tmp_path])
    gone = SeenFile(name="a.png", size_bytes=1, modified_ns=0)
    with pytest.raises(InvalidInputError, match=r"a\.png is gone"):
        folders.store(str(folder), gone, blobs)


def test_a_name_that_is_no_unicode_is_passed_over(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (folder / "caf\udce9.png").write_bytes(b"1")
    assert [file.name for file in seen(ServerFolders([tmp_path]), folder)] == ["a.png"]
