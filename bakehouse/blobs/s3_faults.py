"""What can go wrong with an S3 request: which of it to try again, and what it means to a caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from bakehouse.blobs.s3_client import IncompleteError
from bakehouse.blobs.s3_location import S3Location
from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)

# All that a request of minio-py raises. The last two: the answer is damaged, or not an S3's.
FAULTS = (MinioException, HTTPError, ParseError, ValueError)

_TRANSIENT_CODES = {
    "BadDigest",  # the body was damaged on its way
    "IncompleteBody",
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "TooManyRequests",
    "XAmzContentSHA256Mismatch",
}
_TRANSIENT_STATUSES = {408, 429, 500, 502, 503, 504}
_FULL_CODES = {"InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"}
_FULL_STATUS = 507
_REFUSAL_STATUSES = {401, 403}
_SKEW_CODE = "RequestTimeTooSkewed"
_LARGE_SKEW_S = 300.0
_LONGEST_TEXT = 200  # an answer that is no S3's may be a whole page


def is_transient(fault: Exception) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(fault, S3Error | IncompleteError):
        return fault.code in _TRANSIENT_CODES or _is_server_trouble(fault)
    if isinstance(fault, ServerError | InvalidResponseError):
        return _is_server_trouble(fault)
    return True


def code_of(fault: Exception) -> str:
    """The S3 error code, empty where there is none."""
    return (fault.code or "") if isinstance(fault, S3Error | IncompleteError) else ""


def clock_skew_s(headers: Mapping[str, str]) -> float:
    """By how much the clock of who sent these headers is ahead of ours; 0 where they don't say."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return 0.0
    return (date - datetime.now(tz=UTC)).total_seconds()


def translated(fault: Exception, action: str, location: S3Location) -> BakehouseError:
    """What `fault` means. `action` is what failed, as in "reading p/blobs/…"; the message begins with it."""
    where = f"{action}: {location.endpoint}, bucket {location.bucket}"
    code, status = code_of(fault), _status_of(fault)
    if code == "NoSuchKey":
        return NotFoundError(f"{action}: there is no such object")
    if code == "InvalidRange":
        return InvalidInputError(f"{action}: the range is not inside the object")
    if code == "PreconditionFailed":
        return UnavailableError(f"{action}: it was replaced meanwhile; do it again")
    if code == "NoSuchBucket":
        return UnavailableError(f"{where}: there is no such bucket; create it, or set BAKEHOUSE_STORE_URL")
    if code in _FULL_CODES or status == _FULL_STATUS:
        return CapacityError(f"{where}: the store is full ({code or status}); free space or raise its quota")
    if status in _REFUSAL_STATUSES:
        return _refusal(fault, where)
    reason = f"{code or type(fault).__name__}: {_text(fault)}"
    return UnavailableError(
        f"{where} does not answer as it should ({reason}); see that it is up and reachable"
    )


def _refusal(fault: Exception, where: str) -> UnavailableError:
    # A HEAD is refused without a code, so the clock is looked at in any case.
    skew_s = clock_skew_s(fault.response.headers) if isinstance(fault, S3Error) else 0.0
    if code_of(fault) == _SKEW_CODE or abs(skew_s) > _LARGE_SKEW_S:
        return UnavailableError(
            f"{where} refuses the request because the clocks differ: the store's is {skew_s:+.0f} s from "
            "this machine's; set both by NTP"
        )
    return UnavailableError(
        f"{where} refuses the request ({code_of(fault) or _status_of(fault)}); set BAKEHOUSE_S3_ACCESS_KEY "
        "and BAKEHOUSE_S3_SECRET_KEY to a key that may read, write, list and delete there"
    )


def _is_server_trouble(fault: Exception) -> bool:
    return _status_of(fault) in _TRANSIENT_STATUSES


def _status_of(fault: Exception) -> int:
    """The HTTP status of the answer, 0 where there was none."""
    if isinstance(fault, S3Error):
        return fault.response.status
    if isinstance(fault, ServerError):
        return fault.status_code
    if isinstance(fault, InvalidResponseError):
        return fault._code  # noqa: SLF001 - minio offers it nowhere else
    return 0


def _text(fault: Exception) -> str:
    text = (fault.message or "") if isinstance(fault, S3Error) else str(fault)
    return text[:_LONGEST_TEXT]
