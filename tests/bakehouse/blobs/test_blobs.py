from pathlib import Path
from secrets import token_hex

import pytest

from bakehouse.blobs.blobs import Blobs, blob_key
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import ObjectStore
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import (
    CapacityError,
    CorruptionError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from tests.weed import WeedProcess

DATA = bytes(range(256)) * 8192  # two chunks
DIGEST = digest_bytes(DATA)
ABSENT = digest_bytes(b"absent")


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, directory: DirectoryStore) -> ObjectStore:
    if request.param == "directory":
        return directory
    weed: WeedProcess = request.getfixturevalue("weed")
    return weed.store(token_hex(8))


@pytest.fixture
def blobs(store: ObjectStore) -> Blobs:
    return Blobs(store, "cakes")


def damage(blobs: Blobs, digest: Digest) -> None:
    data = b"".join(blobs.store.read(blob_key("cakes", digest)))
    flipped = bytes([data[0] ^ 1]) + data[1:]
    blobs.store.put(blob_key("cakes", digest), [flipped], size_bytes=len(flipped))


def test_the_key_is_made_of_project_and_digest(blobs: Blobs) -> None:
    blobs.put(DATA)
    assert blobs.store.stat(f"cakes/blobs/sha256/{DIGEST[:2]}/{DIGEST}") is not None


@pytest.mark.parametrize("data", [b"", b"x", DATA])
def test_what_is_put_is_got(blobs: Blobs, data: bytes) -> None:
    digest = blobs.put(data)
    assert digest == digest_bytes(data)
    assert blobs.get(digest) == data
    assert blobs.size_bytes(digest) == len(data)


def test_a_range(blobs: Blobs) -> None:
    assert blobs.read(blobs.put(DATA), 1000, 5) == DATA[1000:1005]


def test_has(blobs: Blobs) -> None:
    assert not blobs.has(DIGEST)
    blobs.put(DATA)
    assert blobs.has(DIGEST)


def test_what_is_absent_is_missed(blobs: Blobs, tmp_path: Path) -> None:
    for attempt in (
        lambda: blobs.get(ABSENT),
        lambda: blobs.open(ABSENT),
        lambda: blobs.read(ABSENT, 0, 1),
        lambda: blobs.size_bytes(ABSENT),
        lambda: blobs.fetch(ABSENT, tmp_path / "file"),
    ):
        with pytest.raises(NotFoundError, match=ABSENT):
            attempt()


def test_projects_do_not_see_each_other(blobs: Blobs) -> None:
    blobs.put(DATA)
    assert not Blobs(blobs.store, "breads").has(DIGEST)


def test_a_project_is_an_id(directory: DirectoryStore) -> None:
    with pytest.raises(InvalidInputError, match="project"):
        Blobs(directory, "../cakes")


def test_a_flipped_byte_is_found_and_named(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(DATA)
    damage(blobs, DIGEST)
    for attempt in (
        lambda: blobs.get(DIGEST),
        lambda: list(blobs.open(DIGEST)),
        lambda: blobs.fetch(DIGEST, tmp_path / "file"),
    ):
        with pytest.raises(CorruptionError, match=f"cakes.*{DIGEST}") as caught:
            attempt()
        assert caught.value.fields == {"project": "cakes", "key": blob_key("cakes", DIGEST)}
    assert not list(tmp_path.glob("*file*"))


def test_a_blob_that_is_there_is_not_written_again(blobs: Blobs) -> None:
    blobs.put(DATA)
    damage(blobs, DIGEST)
    blobs.put(DATA)
    with pytest.raises(CorruptionError):
        blobs.get(DIGEST)


def test_a_blob_of_another_length_is_written_again(blobs: Blobs) -> None:
    blobs.store.put(blob_key("cakes", DIGEST), [b"cut"], size_bytes=3)
    blobs.put(DATA)
    assert blobs.get(DIGEST) == DATA


def test_a_stream(blobs: Blobs) -> None:
    blobs.put_stream(iter([DATA[:10], DATA[10:]]), digest=DIGEST, size_bytes=len(DATA))
    assert blobs.get(DIGEST) == DATA


def test_a_stream_is_not_read_where_its_blob_is_there(blobs: Blobs) -> None:
    blobs.put(DATA)
    unread = iter([DATA])
    blobs.put_stream(unread, digest=DIGEST, size_bytes=len(DATA))
    assert list(unread) == [DATA]


@pytest.mark.parametrize("sent", [DATA[:-1] + b"!", DATA[:-1], DATA + b"!"])
def test_a_stream_that_is_not_as_announced_leaves_nothing(blobs: Blobs, sent: bytes) -> None:
    with pytest.raises(InvalidInputError):
        blobs.put_stream([sent], digest=DIGEST, size_bytes=len(DATA))
    assert not blobs.has(DIGEST)


def test_a_long_stream_that_is_not_as_announced_leaves_nothing(blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError, match="digest"):
        blobs.put_stream([DATA] * 5, digest=DIGEST, size_bytes=5 * len(DATA))
    assert not blobs.has(DIGEST)


@pytest.mark.parametrize("data", [b"", DATA])
def test_a_file(blobs: Blobs, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert blobs.get(blobs.put_file(tmp_path / "file")) == data


def test_a_file_that_is_not_there(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        blobs.put_file(tmp_path / "absent")


def test_a_fetched_blob_replaces_the_file(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    blobs.fetch(blobs.put(DATA), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == DATA
    assert len(list(tmp_path.glob("*file*"))) == 1


def test_a_folder_that_is_not_there_is_no_fault_of_the_store(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="local disk"):
        blobs.fetch(blobs.put(DATA), tmp_path / "absent/file")


def test_a_full_local_disk_is_said_and_keeps_the_old_file(blobs: Blobs, small_disk: Path) -> None:
    (small_disk / "file").write_text("old")
    with pytest.raises(CapacityError, match="local disk has no room"):
        blobs.fetch(blobs.put(DATA * 3), small_disk / "file")
    assert (small_disk / "file").read_text() == "old"
    assert len(list(small_disk.iterdir())) == 1
