"""Blobs from a studio: whole, checked, and gone on with after a break."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, NotFoundError, StateError, UnavailableError
from bakehouse.v1.blob_pb2 import Blob, GetBlobRequest, ReadBlobRequest, ReadBlobResponse
from tests.bakehouse.client.studio_thread import StudioThread

DATA = bytes(range(256)) * 40
DIGEST = digest_bytes(DATA)


class Shelf:
    """One blob, given in pieces of 1000 bytes. A stream breaks after `break_after` of them."""

    def __init__(self, studio: StudioThread, data: bytes = DATA, *, break_after: int = 1000) -> None:
        self._data = data
        self._break_after = break_after
        self.offsets: list[int] = []
        studio.answer("/bakehouse.v1.BlobService/GetBlob", self.get)
        studio.answer("/bakehouse.v1.BlobService/ReadBlob", self.read)
        studio.open()

    async def get(self, request: GetBlobRequest, context: object) -> Blob:
        if not request.name.endswith(DIGEST):
            raise NotFoundError("not there")
        return Blob(name=request.name, size_bytes=len(DATA), sha256=DIGEST)

    async def read(self, request: ReadBlobRequest, context: object) -> AsyncIterator[ReadBlobResponse]:
        self.offsets.append(request.offset_bytes)
        for number in range(self._break_after):
            start = request.offset_bytes + number * 1000
            if start >= len(self._data):
                return
            yield ReadBlobResponse(data=self._data[start : start + 1000])
        raise UnavailableError("the server is stopping")


def test_a_blob_is_read_over_breaks(studio: StudioThread) -> None:
    shelf = Shelf(studio, break_after=4)
    with studio.client() as client:
        assert client.blobs.read(DIGEST) == DATA
    assert shelf.offsets == [0, 4000, 8000]


def test_damaged_bytes_are_noticed(studio: StudioThread) -> None:
    Shelf(studio, DATA[:-1] + b"?")
    with studio.client() as client, pytest.raises(CorruptionError, match=DIGEST):
        client.blobs.read(DIGEST)


def test_a_download_goes_on_behind_what_came_before(studio: StudioThread, tmp_path: Path) -> None:
    shelf = Shelf(studio)
    (tmp_path / f".copy.{DIGEST[:16]}").write_bytes(DATA[:3000])
    with studio.client() as client:
        client.blobs.download(DIGEST, tmp_path / "copy")
    assert ((tmp_path / "copy").read_bytes(), shelf.offsets) == (DATA, [3000])


def test_a_damaged_download_leaves_nothing(studio: StudioThread, tmp_path: Path) -> None:
    Shelf(studio, DATA[:-1] + b"?")
    with studio.client() as client, pytest.raises(CorruptionError):
        client.blobs.download(DIGEST, tmp_path / "copy")
    assert list(tmp_path.glob("*copy*")) == []


def test_two_downloads_to_one_place_are_one_too_many(studio: StudioThread, tmp_path: Path) -> None:
    Shelf(studio)
    with studio.client() as client, studio.client() as other, pytest.raises(StateError):
        client.blobs.download(
            DIGEST, tmp_path / "copy", progress=lambda *_: other.blobs.download(DIGEST, tmp_path / "copy")
        )


def test_a_folder_that_is_not_there_is_said(studio: StudioThread, tmp_path: Path) -> None:
    Shelf(studio)
    with studio.client() as client, pytest.raises(UnavailableError, match="nowhere"):
        client.blobs.download(DIGEST, tmp_path / "nowhere" / "copy")


def test_a_blob_that_is_not_there(studio: StudioThread) -> None:
    Shelf(studio)
    with studio.client() as client, pytest.raises(NotFoundError):
        client.blobs.size_bytes(digest_bytes(b"else"))
