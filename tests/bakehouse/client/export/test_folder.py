"""A folder in which nothing is overwritten."""

from pathlib import Path

import pytest

from bakehouse.client.export.folder import ExportFolder
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, StateError, UnavailableError


def test_a_text_is_written_once(tmp_path: Path) -> None:
    folder = ExportFolder(tmp_path / "new" / "export")
    assert folder.put_text("a/b.txt", "one")
    assert not folder.put_text("a/b.txt", "one")
    with pytest.raises(StateError, match="is not overwritten; export to another folder"):
        folder.put_text("a/b.txt", "two")
    assert (folder.root / "a/b.txt").read_text() == "one"
    assert [path.name for path in folder.root.rglob("*") if path.is_file()] == ["b.txt"]


def test_what_is_there_is_not_fetched(tmp_path: Path) -> None:
    folder = ExportFolder(tmp_path)
    digest = digest_bytes(b"bytes")
    fetched: list[Path] = []

    def download(path: Path) -> None:
        fetched.append(path)
        path.write_bytes(b"bytes")

    assert [folder.fetch("x/a.png", digest, download) for _ in range(2)] == [True, False]
    assert fetched == [tmp_path / "x" / "a.png"]
    (tmp_path / "x" / "a.png").write_bytes(b"mine")
    with pytest.raises(StateError, match="with other contents"):
        folder.fetch("x/a.png", digest, download)


def test_a_growing_file_is_there_when_all_went_well(tmp_path: Path) -> None:
    folder = ExportFolder(tmp_path)

    def fail() -> None:
        with folder.growing("rows.jsonl") as path:
            path.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        with folder.growing("rows.jsonl") as path:
            path.write_text("whole")
    with pytest.raises(StateError), folder.growing("rows.jsonl") as path:
        path.write_text("other")
    assert (tmp_path / "rows.jsonl").read_text() == "whole"


def test_a_folder_that_can_not_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="name another folder"):
        ExportFolder(tmp_path / "file" / "x")
    with pytest.raises(UnavailableError):
        ExportFolder(tmp_path).put_text("file/x.txt", "a")
