import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from random import Random
from secrets import token_hex

import pytest

from bakehouse.blobs.s3 import S3Store
from bakehouse.blobs.s3_client import S3Client
from bakehouse.errors import CapacityError, UnavailableError
from tests.faultproxy import Answer, Cut, Fault, FaultProxy, Flip, Hang, Pass
from tests.weed import BUCKET, WeedProcess

MIB = 1 << 20
BUSY = Answer(status=503, body=b"<Error><Code>SlowDown</Code></Error>")


def put(store: S3Store, key: str, data: bytes = b"x") -> None:
    store.put(key, [data], size_bytes=len(data))


def get(store: S3Store, key: str) -> bytes:
    return b"".join(store.read(key))


@pytest.fixture
def impatient(weed: WeedProcess, proxy: FaultProxy) -> S3Store:
    location = weed.location(token_hex(8), endpoint=proxy.endpoint)
    return S3Store(location, patience_s=0.2, read_timeout_s=0.3, random=Random(1))


FAULTS = [
    BUSY,
    Answer(status=500, when_done=True),
    Answer(status=502, body=b"<html>Bad gateway</html>"),
    Cut(after_bytes=0, reset=True),
]


@pytest.mark.parametrize("fault", [*FAULTS, Flip(at=0, in_request=True)])
def test_passing_faults_of_a_put(spoiled: S3Store, proxy: FaultProxy, fault: Fault) -> None:
    proxy.spoil(fault, times=2)
    put(spoiled, "object", b"0123456789")
    assert get(spoiled, "object") == b"0123456789"


@pytest.mark.parametrize("fault", FAULTS[:2])
@pytest.mark.parametrize("number", range(1, 5))
def test_passing_faults_of_a_put_in_parts(
    spoiled: S3Store, proxy: FaultProxy, number: int, fault: Fault
) -> None:
    proxy.spoil(Pass(), times=number - 1)
    proxy.spoil(fault)
    chunks = (bytes([i]) * MIB for i in range(9))
    spoiled.put("object", chunks, size_bytes=9 * MIB)
    assert get(spoiled, "object") == b"".join(bytes([i]) * MIB for i in range(9))


@pytest.mark.parametrize("fault", FAULTS)
def test_passing_faults_of_everything_else(spoiled: S3Store, proxy: FaultProxy, fault: Fault) -> None:
    put(spoiled, "object")
    proxy.spoil(fault, times=2)
    assert get(spoiled, "object") == b"x"
    proxy.spoil(fault)
    assert spoiled.stat("object") is not None
    proxy.spoil(fault)
    assert len(list(spoiled.list(""))) == 1
    proxy.spoil(fault)
    spoiled.delete(["object"])
    assert spoiled.stat("object") is None


def test_a_page_in_the_middle_is_asked_for_again(weed: WeedProcess, proxy: FaultProxy) -> None:
    prefix = token_hex(8)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(partial(put, weed.store(prefix)), [f"p/{i}" for i in range(1001)]))
    proxy.spoil(Pass(), method="GET")
    proxy.spoil(BUSY, method="GET", times=2)
    assert len(list(weed.store(prefix, endpoint=proxy.endpoint).list("p/"))) == 1001


@pytest.mark.parametrize("fault", [BUSY, Hang(), Cut(after_bytes=0, reset=True)])
def test_a_lasting_fault_of_a_read_is_said(impatient: S3Store, proxy: FaultProxy, fault: Fault) -> None:
    put(impatient, "object")
    proxy.spoil(fault, times=100)
    with pytest.raises(UnavailableError, match=rf"reading object: {proxy.endpoint}"):
        get(impatient, "object")


@pytest.mark.parametrize("fault", [BUSY, Hang()])
def test_a_lasting_fault_of_a_put_is_said(impatient: S3Store, proxy: FaultProxy, fault: Fault) -> None:
    proxy.spoil(fault, times=100)
    with pytest.raises(UnavailableError, match=rf"writing object: {proxy.endpoint}"):
        put(impatient, "object")


def test_a_store_that_is_away_is_said_by_everything(weed: WeedProcess) -> None:
    store = S3Store(replace(weed.location(), endpoint="http://127.0.0.1:1"), patience_s=0)
    for attempt in (
        lambda: put(store, "object"),
        lambda: store.put("object", [bytes(9 * MIB)], size_bytes=9 * MIB),
        lambda: store.read("object"),
        lambda: store.stat("object"),
        lambda: list(store.list("")),
        lambda: store.delete(["object"]),
        store.create_bucket,
    ):
        with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1, bucket bakehouse"):
            attempt()


def test_patience_bounds_the_tries(weed: WeedProcess, proxy: FaultProxy) -> None:
    store = weed.store("", endpoint=proxy.endpoint, patience_s=0.5)
    proxy.spoil(BUSY, times=100)
    with pytest.raises(UnavailableError):
        store.stat("object")
    assert 2 <= proxy.count("HEAD") <= 10


def test_a_full_store_is_said_and_not_asked_again(spoiled: S3Store, proxy: FaultProxy) -> None:
    put(spoiled, "old", b"data")
    proxy.spoil(Answer(status=507, body=b"<Error><Code>XMinioStorageFull</Code></Error>"))
    with pytest.raises(CapacityError, match=r"writing new: .* the store is full"):
        put(spoiled, "new")
    assert get(spoiled, "old") == b"data"
    assert proxy.count("PUT") == 2


def test_clocks_that_differ_are_named(spoiled: S3Store, proxy: FaultProxy) -> None:
    date = format_datetime(datetime.now(tz=UTC) - timedelta(hours=2), usegmt=True)
    body = b"<Error><Code>RequestTimeTooSkewed</Code></Error>"
    proxy.spoil(Answer(status=403, body=body, date=date))
    with pytest.raises(UnavailableError, match=r"clocks differ: the store's is -72\d\d s .* NTP"):
        spoiled.stat("object")


def test_an_object_that_is_not_deleted_is_named(impatient: S3Store, proxy: FaultProxy) -> None:
    left = b"<DeleteResult><Error><Key>b</Key><Code>InternalError</Code></Error></DeleteResult>"
    proxy.spoil(Answer(status=200, body=left), times=100)
    with pytest.raises(UnavailableError, match="b was not deleted"):
        impatient.delete(["a", "b"])


def test_objects_are_deleted_by_the_thousand(spoiled: S3Store, proxy: FaultProxy) -> None:
    spoiled.delete(f"p/{i}" for i in range(2001))
    assert proxy.count("POST") == 3


def breaking() -> Iterator[bytes]:
    yield bytes(17 * MIB)
    raise KeyError


@pytest.mark.parametrize(("patience_s", "error"), [(30.0, KeyError), (0.0, UnavailableError)])
def test_an_upload_that_fails_leaves_no_parts(
    weed: WeedProcess, proxy: FaultProxy, patience_s: float, error: type[Exception]
) -> None:
    prefix = token_hex(8)
    store = weed.store(prefix, endpoint=proxy.endpoint, patience_s=patience_s)
    if error is UnavailableError:
        proxy.spoil(BUSY, method="PUT", times=2)
    with pytest.raises(error):
        store.put("object", breaking(), size_bytes=20 * MIB)
    found = S3Client(weed.location())._list_multipart_uploads(BUCKET).uploads
    assert [upload for upload in found if upload.object_name.startswith(prefix)] == []
    assert store.stat("object") is None


def test_a_bucket_is_made_only_when_asked(weed: WeedProcess) -> None:
    store = S3Store(replace(weed.location(), bucket=f"made-{token_hex(4)}"))
    with pytest.raises(UnavailableError, match="no such bucket; create it"):
        put(store, "object")
    for _ in range(2):
        store.create_bucket()
    put(store, "object")


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.faults)])
def test_a_server_that_is_killed_loses_and_mixes_nothing(own_weed: WeedProcess, kills: int) -> None:
    store = own_weed.store("p", patience_s=30)
    written: list[str] = []
    stop = threading.Event()

    def write(writer: int) -> None:
        for number in count():
            key = f"{writer}/{number}"
            put(store, key, content(key))
            written.append(key)
            if stop.is_set():
                return

    writers = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(kills):
        wait_for_more(written, 10)
        own_weed.kill()
        own_weed.start()
    wait_for_more(written, 10)
    stop.set()
    for writer in writers:
        writer.join()
    assert [key for key in written if get(store, key) != content(key)] == []


def content(key: str) -> bytes:
    return f"{key};".encode() * (3_000_000 if key.endswith("3") else 3_000)


def wait_for_more(written: list[str], number: int) -> None:
    goal = len(written) + number
    while len(written) < goal:
        time.sleep(0.01)


STREAM = """
import resource, sys
from bakehouse.blobs.s3 import S3Store
from bakehouse.blobs.s3_location import S3Location

endpoint, bucket, prefix, access_key, secret_key = sys.argv[1:]
store = S3Store(S3Location(
    endpoint=endpoint, bucket=bucket, prefix=prefix, access_key=access_key, secret_key=secret_key
))
store.put("small", [b"x"], size_bytes=1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put("big", (bytes(1 << 20) for _ in range(256)), size_bytes=256 << 20)
for chunk in store.read("big"):
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_memory_is_flat(weed: WeedProcess) -> None:
    location = weed.location(token_hex(8))
    where = [location.endpoint, location.bucket, location.prefix, location.access_key, location.secret_key]
    program = [sys.executable, "-c", STREAM, *where]
    used_mib = int(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)
    assert used_mib < 48
