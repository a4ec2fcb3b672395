import urllib.request
from secrets import token_hex

import pytest
from minio.error import S3Error

from bakehouse.blobs.s3_client import IncompleteError, S3Client
from bakehouse.blobs.s3_location import S3Location
from tests.faultproxy import Answer, FaultProxy, Flip
from tests.weed import BUCKET, WeedProcess


@pytest.fixture
def client(weed: WeedProcess) -> S3Client:
    return S3Client(weed.location())


@pytest.fixture
def spoiled_client(weed: WeedProcess, proxy: FaultProxy) -> S3Client:
    return S3Client(weed.location(endpoint=proxy.endpoint))


@pytest.fixture
def name() -> str:
    return f"{token_hex(8)}/object"


def test_a_bucket_that_is_there_is_no_error(client: S3Client) -> None:
    client.create_bucket()
    assert client.bucket_exists(BUCKET)


def test_a_body_that_is_damaged_on_its_way_is_refused(
    client: S3Client, spoiled_client: S3Client, proxy: FaultProxy, name: str
) -> None:
    proxy.spoil(Flip(at=3, in_request=True))
    with pytest.raises(S3Error, match="BadDigest"):
        spoiled_client.put_bytes(name, b"0123456789")
    with pytest.raises(S3Error, match="NoSuchKey"):
        client.head(name)


def test_a_part_that_is_damaged_on_its_way_is_refused(
    spoiled_client: S3Client, proxy: FaultProxy, name: str
) -> None:
    upload = spoiled_client.begin_upload(name)
    proxy.spoil(Flip(at=3, in_request=True))
    with pytest.raises(S3Error, match="BadDigest"):
        spoiled_client.put_part(name, upload, 1, b"0123456789")
    spoiled_client.abandon_upload(name, upload)


def test_parts_make_an_object(client: S3Client, name: str) -> None:
    upload = client.begin_upload(name)
    parts = [
        client.put_part(name, upload, number, data) for number, data in ((1, b"a" * (5 << 20)), (2, b"b"))
    ]
    client.finish_upload(name, upload, parts)
    assert client.get(name, start=(5 << 20) - 1).read() == b"ab"


def test_a_success_that_is_none_is_found(spoiled_client: S3Client, proxy: FaultProxy, name: str) -> None:
    upload = spoiled_client.begin_upload(name)
    part = spoiled_client.put_part(name, upload, 1, b"a")
    proxy.spoil(Answer(status=200, body=b"<Error><Code>InternalError</Code></Error>"))
    with pytest.raises(IncompleteError, match="not joined"):
        spoiled_client.finish_upload(name, upload, [part])


def test_what_is_left_of_a_deletion_is_found(spoiled_client: S3Client, proxy: FaultProxy) -> None:
    body = b"<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    proxy.spoil(Answer(status=200, body=body))
    with pytest.raises(IncompleteError, match="b was not deleted") as caught:
        spoiled_client.delete_page(["a", "b"])
    assert caught.value.code == "AccessDenied"


def test_pages(client: S3Client, name: str) -> None:
    for i in range(5):
        client.put_bytes(f"{name}/{i}", b"x")
    first, token = client.list_page(f"{name}/", after=f"{name}/0", token="", delimiter="", size=3)
    second, end = client.list_page(f"{name}/", after="", token=token, delimiter="", size=3)
    assert [found.object_name for found in (*first, *second)] == [f"{name}/{i}" for i in range(1, 5)]
    assert end == ""


def test_a_page_without_the_way_to_the_next_is_refused(spoiled_client: S3Client, proxy: FaultProxy) -> None:
    body = b"<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated></ListBucketResult>"
    proxy.spoil(Answer(status=200, body=body))
    with pytest.raises(IncompleteError, match="without the way to the next"):
        spoiled_client.list_page("p/", after="", token="", delimiter="", size=3)


def test_another_etag_is_refused(client: S3Client, name: str) -> None:
    client.put_bytes(name, b"x")
    with pytest.raises(S3Error, match="PreconditionFailed"):
        client.get(name, etag='"0123"')


def test_a_url_is_answered(client: S3Client, name: str) -> None:
    client.put_bytes(name, b"x")
    url = client.presigned(name, method="GET", expires_s=60, size_bytes=None)
    assert client.is_answered(url)
    assert not client.is_answered(url.replace("Signature=", "Signature=0"))


@pytest.mark.parametrize(("size_bytes", "sent"), [(5, 6), (5, 4), (5, 0)])
def test_a_url_to_put_holds_to_its_size(client: S3Client, name: str, size_bytes: int, sent: int) -> None:
    url = client.presigned(name, method="PUT", expires_s=60, size_bytes=size_bytes)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(url, data=b"x" * sent, method="PUT"))


@pytest.mark.parametrize("size_bytes", [5, None])
def test_a_url_to_put(client: S3Client, name: str, size_bytes: int | None) -> None:
    url = client.presigned(name, method="PUT", expires_s=60, size_bytes=size_bytes)
    with urllib.request.urlopen(urllib.request.Request(url, data=b"01234", method="PUT")):
        assert client.get(name).read() == b"01234"


def test_a_redirect_is_not_followed_with_the_credentials(spoiled_client: S3Client, proxy: FaultProxy) -> None:
    proxy.spoil(Answer(status=307, location="http://127.0.0.1:1/elsewhere"))
    with pytest.raises(S3Error, match="Redirect"):
        spoiled_client.head("object")


def test_the_region_is_not_asked_for(spoiled_client: S3Client, proxy: FaultProxy, name: str) -> None:
    spoiled_client.put_bytes(name, b"x")
    assert proxy.count("GET") == 0


def test_a_location_with_tls() -> None:
    location = S3Location(endpoint="https://s3.test", bucket="kitchen", access_key="a", secret_key="b")
    url = S3Client(location).presigned("object", method="GET", expires_s=60, size_bytes=None)
    assert url.startswith("https://s3.test/kitchen/object?")
