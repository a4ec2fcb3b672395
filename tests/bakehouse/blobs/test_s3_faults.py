from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3 import HTTPResponse
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

from bakehouse.blobs.s3_client import IncompleteError
from bakehouse.blobs.s3_faults import clock_skew_s, is_transient, translated
from bakehouse.blobs.s3_location import S3Location
from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)

LOCATION = S3Location(
    endpoint="http://127.0.0.1:9000", bucket="kitchen", access_key="key", secret_key="hidden"
)


def s3_error(code: str, status: int, *, ahead_s: float = 0.0) -> S3Error:
    date = format_datetime(datetime.now(tz=UTC) + timedelta(seconds=ahead_s), usegmt=True)
    response = HTTPResponse(status=status, headers={"Date": date})
    return S3Error(response, code, "a message", "/kitchen/object", "request", "host")


def message(fault: Exception) -> str:
    return translated(fault, "reading k", LOCATION).message


@pytest.mark.parametrize(
    "fault",
    [
        s3_error("SlowDown", 503),
        s3_error("InternalError", 500),
        s3_error("AnythingNew", 502),
        s3_error("BadDigest", 400),
        s3_error("RequestTimeout", 400),
        s3_error("Unheard", 429),
        ServerError("no body", 503),
        InvalidResponseError(502, "text/html", "<h1>Bad gateway</h1>"),
        IncompleteError("object left", "InternalError"),
        ProtocolError("Connection aborted.", ConnectionResetError()),
        ReadTimeoutError(None, "/", "Read timed out."),  # type: ignore[arg-type]  # the pool is only shown
        ValueError("XML element <Name> not found"),
    ],
)
def test_what_may_pass(fault: Exception) -> None:
    assert is_transient(fault)
    assert isinstance(translated(fault, "reading k", LOCATION), UnavailableError)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (s3_error("NoSuchKey", 404), NotFoundError, "reading k"),
        (s3_error("InvalidRange", 416), InvalidInputError, "range is not inside"),
        (
            s3_error("NoSuchBucket", 404),
            UnavailableError,
            "bucket kitchen: there is no such bucket; create it",
        ),
        (s3_error("AccessDenied", 403), UnavailableError, "BAKEHOUSE_S3_ACCESS_KEY"),
        (s3_error("InvalidAccessKeyId", 403), UnavailableError, "BAKEHOUSE_S3_SECRET_KEY"),
        (InvalidResponseError(403, "text/plain", "denied"), UnavailableError, "BAKEHOUSE_S3_ACCESS_KEY"),
        (s3_error("XMinioStorageFull", 507), CapacityError, "the store is full"),
        (s3_error("QuotaExceeded", 400), CapacityError, "raise its quota"),
        (ServerError("no body", 507), CapacityError, "the store is full"),
        (s3_error("PreconditionFailed", 412), UnavailableError, "replaced meanwhile"),
        (s3_error("NoSuchUpload", 404), UnavailableError, "NoSuchUpload"),
        (s3_error("MethodNotAllowed", 405), UnavailableError, "MethodNotAllowed"),
        (InvalidResponseError(400, "text/html", "x" * 5000), UnavailableError, "non-XML"),
        (IncompleteError("object left", "AccessDenied"), UnavailableError, "object left"),
    ],
)
def test_what_does_not_pass(fault: Exception, kind: type[BakehouseError], words: str) -> None:
    assert not is_transient(fault)
    assert type(translated(fault, "reading k", LOCATION)) is kind
    assert words in message(fault)


@pytest.mark.parametrize(
    "fault",
    [
        s3_error("RequestTimeTooSkewed", 403, ahead_s=3600),
        s3_error("AccessDenied", 403, ahead_s=3600),  # what a HEAD gets
    ],
)
def test_clocks_that_differ_are_named(fault: Exception) -> None:
    assert "clocks differ: the store's is +3" in message(fault)
    assert "NTP" in message(fault)


def test_a_store_that_is_away_is_named() -> None:
    fault = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]  # the pool is only shown
    assert "http://127.0.0.1:9000, bucket kitchen" in message(fault)
    assert "Connection refused" in message(fault)


def test_messages_are_short_and_hold_no_secret() -> None:
    text = message(InvalidResponseError(500, "text/html", "x" * 5000))
    assert len(text) < 500
    assert "hidden" not in text


def test_the_skew_is_that_of_the_store() -> None:
    date = format_datetime(datetime.now(tz=UTC) - timedelta(hours=1), usegmt=True)
    assert clock_skew_s({"date": date}) == pytest.approx(-3600, abs=5)


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "yesterday"}])
def test_without_a_date_there_is_no_skew(headers: dict[str, str]) -> None:
    assert clock_skew_s(headers) == 0.0
