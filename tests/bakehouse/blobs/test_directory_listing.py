import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bakehouse.blobs.directory_listing import info, listing
from bakehouse.blobs.port import ObjectInfo


@contextmanager
def opened(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY)
    yield folder
    os.close(folder)


def make(root: Path, *keys: str) -> None:
    for key in keys:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).touch()


def names(root: Path, *, stem: str = "", after: str = "", recursive: bool = True) -> list[str]:
    with opened(root) as folder:
        entries = list(listing(folder, "", stem=stem, after=after, recursive=recursive))
    return [entry.key if isinstance(entry, ObjectInfo) else entry for entry in entries]


def test_order_is_by_key_and_not_by_folder(tmp_path: Path) -> None:
    make(tmp_path, "a/b", "a-b", "a.b", "a0", "a_b", "a/c/d")
    assert names(tmp_path) == ["a-b", "a.b", "a/b", "a/c/d", "a0", "a_b"]
    assert names(tmp_path, recursive=False) == ["a-b", "a.b", "a/", "a0", "a_b"]


def test_a_folder_without_objects_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    assert names(tmp_path, recursive=False) == []


def test_what_is_no_object_is_not_listed(tmp_path: Path) -> None:
    make(tmp_path, ".incoming/x", "Capital", "lost+found/x", "object")
    (tmp_path / "link").symlink_to(tmp_path / "object")
    (tmp_path / "links").symlink_to(tmp_path / ".incoming")
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == ["object"]


def test_only_what_is_read_is_looked_at(tmp_path: Path) -> None:
    make(tmp_path, "a/1", "b/1")
    with opened(tmp_path) as folder:
        entries = listing(folder, "", stem="", after="", recursive=True)
        next(entries)
        (tmp_path / "b/0").touch()
        assert isinstance(found := next(entries), ObjectInfo)
        assert found.key == "b/0"


def test_what_lies_before_the_position_is_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "a/1", "b/1", "b/2")
    accessed = (tmp_path / "a").stat().st_atime_ns
    assert names(tmp_path, after="b/1") == ["b/2"]
    assert (tmp_path / "a").stat().st_atime_ns == accessed


def test_what_vanishes_meanwhile_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a/1", "b", "c/1", "d")
    with opened(tmp_path) as folder:
        entries = listing(folder, "", stem="", after="", recursive=True)
        next(entries)
        (tmp_path / "b").unlink()
        (tmp_path / "c/1").unlink()
        (tmp_path / "c").rmdir()
        assert [entry.key for entry in entries if isinstance(entry, ObjectInfo)] == ["d"]


def test_info_of_what_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with opened(tmp_path) as folder:
        assert info(folder, "link", key="link") is None
        assert info(folder, "absent", key="absent") is None
