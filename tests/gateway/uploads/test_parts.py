"""The parts of uploads in the store."""

import hashlib
import threading

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError, UnavailableError
from bakehouse.registry.records import Resource
from gateway.uploads.parts import Parts
from gateway.uploads.record import PartRange, Upload, UploadBody

PART = 10


def upload_of(data: bytes, *, upload: str = "u", digest: Digest | None = None) -> Upload:
    body = UploadBody(
        size_bytes=len(data),
        digest=digest or digest_bytes(data),
        content_type="",
        filename="",
        part_size_bytes=PART,
        expire_time="2026-01-01T00:00:00.000+00:00",
    )
    return Upload(resource=Resource(project="p", kind="upload", id=upload, body={}), body=body)


def put(store: DirectoryStore, upload: Upload, data: bytes, *parts: int) -> None:
    for part in parts:
        piece = data[part * PART : (part + 1) * PART]
        store.put(Parts(store).key(upload, part), [piece], size_bytes=len(piece))


DATA = hashlib.sha256(b"seed").digest()[:25]


def test_what_is_there_has_arrived(store: DirectoryStore) -> None:
    upload = upload_of(DATA)
    put(store, upload, DATA, 0, 2)
    put(store, upload_of(DATA, upload="u2"), DATA, 1)
    assert Parts(store).received(upload) == (PartRange(0, 0), PartRange(2, 2))


def test_what_has_another_size_or_number_has_not_arrived(store: DirectoryStore) -> None:
    upload = upload_of(DATA)
    for name, size in (("00000", 9), ("00003", 10), ("0001", 10), ("x", 10)):
        store.put(f"p/uploads/u/{name}", [bytes(size)], size_bytes=size)
    assert Parts(store).received(upload) == ()


def test_parts_become_a_blob(store: DirectoryStore) -> None:
    upload = upload_of(DATA)
    put(store, upload, DATA, 0, 1, 2)
    Parts(store).join(upload, threading.Event())
    assert Blobs(store, "p").get(upload.body.digest) == DATA


def test_parts_of_another_digest_do_not(store: DirectoryStore) -> None:
    upload = upload_of(DATA, digest=digest_bytes(b"other"))
    put(store, upload, DATA, 0, 1, 2)
    with pytest.raises(InvalidInputError):
        Parts(store).join(upload, threading.Event())
    assert not Blobs(store, "p").has(upload.body.digest)


def test_a_part_that_has_gone_is_an_error(store: DirectoryStore) -> None:
    upload = upload_of(DATA)
    put(store, upload, DATA, 0, 2)
    with pytest.raises(NotFoundError):
        Parts(store).join(upload, threading.Event())


def test_it_stops_when_it_is_told_to(store: DirectoryStore) -> None:
    upload, stop = upload_of(DATA), threading.Event()
    put(store, upload, DATA, 0, 1, 2)
    stop.set()
    with pytest.raises(UnavailableError):
        Parts(store).join(upload, stop)
    assert not Blobs(store, "p").has(upload.body.digest)


def test_all_that_is_there_is_removed_and_no_more(store: DirectoryStore) -> None:
    upload, other = upload_of(DATA), upload_of(DATA, upload="u2")
    put(store, upload, DATA, 0, 2)
    put(store, other, DATA, 1)
    store.put("p/uploads/u/other", [b"x"], size_bytes=1)
    Parts(store).remove(upload)
    assert list(store.list("p/uploads/u/")) == []
    assert Parts(store).received(other) == (PartRange(1, 1),)
