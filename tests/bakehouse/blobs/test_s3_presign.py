from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from minio import Minio

from bakehouse.blobs.s3_location import S3Location
from bakehouse.blobs.s3_presign import presign

_EXAMPLE = S3Location(
    bucket="examplebucket",
    access_key="AKIAIOSFODNN7EXAMPLE",
    secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
)
_AT = datetime(2013, 5, 24, tzinfo=UTC)


def test_the_example_of_the_documentation() -> None:
    url = urlsplit("https://examplebucket.s3.amazonaws.com/test.txt")
    signed = presign(url, _EXAMPLE, method="GET", at=_AT, expires_s=86400, size_bytes=None)
    assert signed.endswith("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


def test_without_a_size_it_is_minios() -> None:
    minio = Minio(
        "127.0.0.1:9000", _EXAMPLE.access_key, _EXAMPLE.secret_key, secure=False, region="us-east-1"
    )
    expected = minio.get_presigned_url(
        "PUT", "examplebucket", "p/blobs/a_b-c.d", expires=timedelta(seconds=60), request_date=_AT
    )
    url = urlsplit("http://127.0.0.1:9000/examplebucket/p/blobs/a_b-c.d")
    assert presign(url, _EXAMPLE, method="PUT", at=_AT, expires_s=60, size_bytes=None) == expected


def test_a_size_is_among_what_is_signed() -> None:
    url = urlsplit("http://127.0.0.1:9000/examplebucket/object")
    signed = presign(url, _EXAMPLE, method="PUT", at=_AT, expires_s=60, size_bytes=5)
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in signed
