import os
import time
from pathlib import Path

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.recipe.digest_memory import DigestMemory, default_memory

DIGEST = digest_bytes(b"picture")


def in_an_hour() -> int:
    """When files that are written now are old."""
    return time.time_ns() + 3_600_000_000_000


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    return path


def noted(place: Path, picture: Path) -> DigestMemory:
    memory = DigestMemory(place, clock_ns=in_an_hour)
    memory.note(picture.stat(), DIGEST)
    memory.save()
    return memory


def test_an_unchanged_file_is_known_to_the_next_process(tmp_path: Path, picture: Path) -> None:
    place = tmp_path / "cache" / "digests.sqlite"
    assert DigestMemory(place).find(picture.stat()) is None
    assert noted(place, picture).find(picture.stat()) == DIGEST
    assert DigestMemory(place).find(picture.stat()) == DIGEST


def test_a_changed_file_is_not_known(tmp_path: Path, picture: Path) -> None:
    memory = noted(tmp_path / "digests.sqlite", picture)
    os.utime(picture, (0, 0))
    assert memory.find(picture.stat()) is None
    picture.write_bytes(b"another")
    assert memory.find(picture.stat()) is None


def test_a_file_that_was_just_written_may_change_again_and_is_not_noted(
    tmp_path: Path, picture: Path
) -> None:
    memory = DigestMemory(tmp_path / "digests.sqlite")
    memory.note(picture.stat(), DIGEST)
    memory.save()
    assert memory.find(picture.stat()) is None
    assert not (tmp_path / "digests.sqlite").exists()


def test_a_damaged_memory_knows_nothing_and_harms_nothing(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "digests.sqlite").write_bytes(b"no database" * 100)
    assert noted(tmp_path / "digests.sqlite", picture).find(picture.stat()) is None


def test_where_nothing_can_be_written_nothing_is_remembered(picture: Path) -> None:
    assert noted(picture / "digests.sqlite", picture).find(picture.stat()) is None


def test_it_lies_in_the_users_cache(tmp_path: Path, picture: Path) -> None:
    noted(tmp_path / "bakehouse" / "digests.sqlite", picture)
    assert default_memory({"XDG_CACHE_HOME": str(tmp_path)}).find(picture.stat()) == DIGEST
