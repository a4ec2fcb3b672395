"""Finding out what an S3 endpoint really does, by doing it."""

from collections.abc import Callable
from functools import partial
from secrets import token_hex

from minio.error import S3Error

from bakehouse.blobs.port import Capabilities, ObjectInfo, ObjectStore
from bakehouse.blobs.s3_client import S3Client
from bakehouse.blobs.s3_faults import FAULTS, clock_skew_s, code_of
from bakehouse.blobs.s3_location import S3Location
from bakehouse.blobs.s3_retries import Retries
from bakehouse.errors import BakehouseError, UnavailableError

_DATA = b"probe"


def probe(store: ObjectStore, client: S3Client, retries: Retries, location: S3Location) -> Capabilities:
    """As `ObjectStore.probe` says. What is not required is tried once."""
    folder = f"probe/{token_hex(8)}/"
    key = f"{folder}object"
    name = location.name(key)
    store.put(key, [_DATA], size_bytes=len(_DATA))
    try:
        _require("read", location, works=b"".join(store.read(key)) == _DATA)
        _require("list", location, works=_keys(store, folder) == [key])
        found = Capabilities(
            driver="s3",
            conditional_put=_works(lambda: _refuses_second(client, f"{name}-once")),
            ranges=_works(lambda: b"".join(store.read(key, start=1, length=3)) == _DATA[1:4]),
            presign=_works(lambda: client.is_answered(store.presign(key, method="GET", expires_s=60))),
            delete_many=True,
            multipart=_works(lambda: _joins_parts(client, f"{name}-parts")),
            clock_skew_s=retries.call(partial(_skew_s, client, name), "comparing clocks"),
        )
    finally:
        store.delete([key, f"{key}-once", f"{key}-parts"])
    _require("delete", location, works=not _keys(store, folder))
    return found


def _require(what: str, location: S3Location, *, works: bool) -> None:
    if not works:
        raise UnavailableError(
            f"{location.endpoint}, bucket {location.bucket}: {what} does not give what was written; "
            "set BAKEHOUSE_S3_ENDPOINT to an S3 that works"
        )


def _works(attempt: Callable[[], bool]) -> bool:
    try:
        return attempt()
    except (BakehouseError, *FAULTS):
        return False


def _keys(store: ObjectStore, prefix: str) -> list[str]:
    return [entry.key for entry in store.list(prefix) if isinstance(entry, ObjectInfo)]


def _refuses_second(client: S3Client, name: str) -> bool:
    client.put_bytes(name, b"1", {"If-None-Match": "*"})
    try:
        client.put_bytes(name, b"2", {"If-None-Match": "*"})
    except S3Error as fault:
        return code_of(fault) == "PreconditionFailed"
    return False


def _joins_parts(client: S3Client, name: str) -> bool:
    upload = client.begin_upload(name)
    try:
        client.finish_upload(name, upload, [client.put_part(name, upload, 1, _DATA)])
    except BaseException:
        client.abandon_upload(name, upload)
        raise
    return client.head(name).size == len(_DATA)


def _skew_s(client: S3Client, name: str) -> float:
    response = client.get(name)
    try:
        return clock_skew_s(response.headers)
    finally:
        response.close()
        response.release_conn()
