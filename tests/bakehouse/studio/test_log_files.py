"""Log files: kept small while their writers go on."""

import os
from pathlib import Path

from bakehouse.studio.log_files import last_lines, trim


def test_a_large_file_is_moved_and_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with path.open("ab", buffering=0) as writer:
        os.truncate(path, 17 << 20)
        trim(path)
        writer.write(b"on\n")
    assert path.read_bytes() == b"on\n"
    assert (tmp_path / "x.log.1").stat().st_size == 17 << 20


def test_a_small_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("line\n")
    trim(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.log"]


def test_a_file_that_is_not_there_is_small(tmp_path: Path) -> None:
    trim(tmp_path / "x.log")
    assert last_lines(tmp_path / "x.log", 3) == []


def test_the_last_lines_are_those_that_say_something(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_bytes(b"1\n2\n\n3\xff\n\n")
    assert last_lines(tmp_path / "x.log", 2) == ["2", "3\ufffd"]


def test_only_the_end_of_a_large_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("line\n" * 100_000)
    assert last_lines(tmp_path / "x.log", 2) == ["line", "line"]
