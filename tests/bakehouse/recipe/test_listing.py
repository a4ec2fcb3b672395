"""Listings: every file once, sorted, with the digest of its bytes."""

import json
import os
import time
from pathlib import Path

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.digest_memory import DigestMemory
from bakehouse.recipe.listing import FoundFile, files_below, make_listing
from services.dataset.domain.listing import ListedFile as ServiceFile
from services.dataset.domain.listing import read_listing


def names_below(folder: Path) -> list[str]:
    return sorted(file.name for file in files_below(folder))


def test_files_are_found_at_any_depth_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.png", "a/x.png", "a/b/c.txt", ".hidden", ".git/config", "a/.DS_Store"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert names_below(tmp_path) == ["a/b/c.txt", "a/x.png", "b.png"]


def test_links_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").write_text("a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder" / "circle").symlink_to(tmp_path / "folder")
    assert names_below(tmp_path / "folder") == ["link/a.png"]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_text("x")
    with pytest.raises(InvalidInputError, match="rename it"):
        list(files_below(tmp_path))


def test_a_listing_is_what_the_dataset_service_reads(tmp_path: Path) -> None:
    for name in ("ü.png", "b.png", "a.png", "a-1.png"):
        (tmp_path / name).write_text(name)
    listing = make_listing(list(files_below(tmp_path)))
    read = [f for f in read_listing([listing.to_bytes()], what="x") if isinstance(f, ServiceFile)]
    assert [file.name for file in read] == ["a-1.png", "a.png", "b.png", "ü.png"]
    assert [file.digest for file in read] == [digest_bytes(file.name.encode()) for file in read]


def test_a_line_is_canonical_json(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"xyz")
    line = make_listing([FoundFile(name="a.png", path=tmp_path / "a.png")]).to_bytes()
    assert json.loads(line) == {"digest": digest_bytes(b"xyz"), "name": "a.png", "size_bytes": 3}
    assert line.startswith(b'{"digest":"')


def test_progress_is_told(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.png").write_text("x")
    told: list[tuple[int, int]] = []
    make_listing(list(files_below(tmp_path)), progress=lambda done, num: told.append((done, num)))
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"gone\.png: No such file"):
        make_listing([FoundFile(name="gone.png", path=tmp_path / "gone.png")])


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InvalidInputError, match=r"a\.png: it is no file with bytes; take it out"):
        make_listing(list(files_below(tmp_path)))


def test_files_that_are_known_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"a")
    found = [FoundFile(name="a.png", path=path)]
    memory = DigestMemory(tmp_path / "digests.sqlite", clock_ns=lambda: time.time_ns() + 10**12)
    assert make_listing(found, memory=memory) == make_listing(found)
    path.chmod(0o000)
    path.chmod(0o644)  # changes the inode's time
    memory.note(path.stat(), digest_bytes(b"as memory has it"))
    memory.save()
    assert make_listing(found, memory=memory).files[0].digest == digest_bytes(b"as memory has it")
    path.write_bytes(b"b")
    assert make_listing(found, memory=memory).files[0].digest == digest_bytes(b"b")
