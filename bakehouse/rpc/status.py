"""The one table between our errors and gRPC's status codes, in both directions. Free of servers and channels.

What travels is a google.rpc.Status; proto/bakehouse/v1/error.proto is the page that explains it to clients.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message

# googleapis-common-protos has types, and forgot its py.typed.
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]
    BadRequest,
    ErrorInfo,
    RequestInfo,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from bakehouse.errors import (
    AlreadyExistsError,
    BakehouseError,
    CapacityError,
    CorruptionError,
    ExpiredError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    StaleError,
    StateError,
    UnauthenticatedError,
    UnavailableError,
)

DOMAIN = "bakehouse"
DETAILS_KEY = "grpc-status-details-bin"

_CODES: Mapping[type[BakehouseError], grpc.StatusCode] = {
    InvalidInputError: grpc.StatusCode.INVALID_ARGUMENT,
    NotFoundError: grpc.StatusCode.NOT_FOUND,
    AlreadyExistsError: grpc.StatusCode.ALREADY_EXISTS,
    StateError: grpc.StatusCode.FAILED_PRECONDITION,
    StaleError: grpc.StatusCode.ABORTED,
    ExpiredError: grpc.StatusCode.OUT_OF_RANGE,
    CapacityError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    UnavailableError: grpc.StatusCode.UNAVAILABLE,
    CorruptionError: grpc.StatusCode.DATA_LOSS,
    UnauthenticatedError: grpc.StatusCode.UNAUTHENTICATED,
    PermissionDeniedError: grpc.StatusCode.PERMISSION_DENIED,
}
TABLE: Mapping[type[BakehouseError], tuple[grpc.StatusCode, str]] = MappingProxyType(
    {error: (code, error.reason) for error, code in _CODES.items()}
)
"""Each error with its code and its reason, a value of `bakehouse.v1.ErrorReason` without the prefix."""

_RETRY_AFTER_S = 1.0  # where a dependency is down, nobody knows for how long
# Status and message travel in the trailers, percent- and base64-encoded, of which clients take 8 KiB.
_MAX_MESSAGE_BYTES = 1000
_MAX_FIELDS_BYTES = 1200

_ERROR_OF_CODE = {code: error for error, (code, _) in TABLE.items()} | {
    grpc.StatusCode.DEADLINE_EXCEEDED: UnavailableError,
    grpc.StatusCode.CANCELLED: UnavailableError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a call fails: a code, a text for people, and for programs a google.rpc.Status, serialised."""

    code: grpc.StatusCode
    message: str
    details: bytes


def answer_of(error: BaseException, *, request_id: str) -> Answer:
    """What a client is told of an error. Of one that is not ours it learns the request id and no more."""
    row = _row(error)
    if row is None or not isinstance(error, BakehouseError):
        text = f"an error in Bakehouse; report it with the request id {request_id}"
        return make_answer(grpc.StatusCode.INTERNAL, "INTERNAL", text, request_id=request_id)
    info = ErrorInfo(reason=row[1], domain=DOMAIN, metadata=_that_fit(error.fields))
    return _answer(row[0], error.message, [info, RequestInfo(request_id=request_id), *_details(error)])


def make_answer(code: grpc.StatusCode, reason: str, message: str, *, request_id: str) -> Answer:
    """The answer of a failure that is no exception of ours."""
    return _answer(
        code, message, [ErrorInfo(reason=reason, domain=DOMAIN), RequestInfo(request_id=request_id)]
    )


def code_of(error: BaseException) -> grpc.StatusCode:
    """The status code that `answer_of` gives."""
    row = _row(error)
    return row[0] if row else grpc.StatusCode.INTERNAL


def error_of(failure: grpc.RpcError) -> BakehouseError:
    """The error that a server raised, from what its client caught: the same class, message and fields.

    What no server of ours described becomes the error of its code. A deadline or a broken connection is an
    UnavailableError, a bug of the server a plain BakehouseError. `fields` has the `request_id`.
    """
    seen = _read_details(failure)
    message = failure.details() or failure.code().name
    kind = _ERROR_OF_CODE.get(failure.code(), BakehouseError)
    fields = dict(seen.fields)
    if seen.request_id:
        fields["request_id"] = seen.request_id
    if kind is InvalidInputError:
        return InvalidInputError(message, field=seen.field, fields=fields)
    if kind is CapacityError:
        return CapacityError(message, retry_after_s=seen.retry_after_s, fields=fields)
    return kind(message, fields=fields)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What the details of a status say."""

    fields: Mapping[str, str]
    request_id: str = ""
    field: str = ""
    retry_after_s: float | None = None


def _row(error: BaseException) -> tuple[grpc.StatusCode, str] | None:
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)


def _answer(code: grpc.StatusCode, message: str, details: list[Message]) -> Answer:
    status = Status(code=code.value[0], message=_cut(message, _MAX_MESSAGE_BYTES))
    for detail in details:
        status.details.add().Pack(detail)
    return Answer(code=code, message=status.message, details=status.SerializeToString())


def _details(error: BakehouseError) -> list[Message]:
    details: list[Message] = []
    if isinstance(error, InvalidInputError) and error.field:
        violation = BadRequest.FieldViolation(
            field=_cut(error.field, 200), description=_cut(error.message, 500)
        )
        details.append(BadRequest(field_violations=[violation]))
    retry_after_s = _retry_after_s(error)
    if retry_after_s is not None:
        delay = Duration()
        delay.FromNanoseconds(int(retry_after_s * 1e9))
        details.append(RetryInfo(retry_delay=delay))
    resource = error.fields.get("resource", "")
    if resource:
        collection = resource.split("/")[-2:][0]  # projects/p/jobs/j is one of the jobs
        details.append(ResourceInfo(resource_type=_cut(collection, 64), resource_name=_cut(resource, 300)))
    return details


def _retry_after_s(error: BakehouseError) -> float | None:
    if isinstance(error, CapacityError):
        return error.retry_after_s
    return _RETRY_AFTER_S if isinstance(error, UnavailableError) else None


def _that_fit(fields: Mapping[str, str]) -> dict[str, str]:
    fitting: dict[str, str] = {}
    room = _MAX_FIELDS_BYTES
    for name, value in fields.items():
        key, text = _cut(name, 64), _cut(value, 300)
        room -= len(key.encode()) + len(text.encode())
        if room < 0:
            break
        fitting[key] = text
    return fitting


def _cut(text: str, max_bytes: int) -> str:
    data = text.encode(errors="replace")  # protobuf takes no lone surrogate
    return data.decode() if len(data) <= max_bytes else data[: max_bytes - 3].decode(errors="ignore") + "…"


def _read_details(failure: grpc.RpcError) -> _Seen:
    seen = _Seen(fields={})
    trailers = cast("Iterable[tuple[str, str | bytes]]", failure.trailing_metadata() or ())
    for key, value in trailers:
        if key == DETAILS_KEY and isinstance(value, bytes):
            with suppress(DecodeError):
                _collect(Status.FromString(value), seen)
    return seen


def _collect(status: Status, seen: _Seen) -> None:
    info, request, retry, bad = ErrorInfo(), RequestInfo(), RetryInfo(), BadRequest()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            seen.fields = dict(info.metadata)
        elif detail.Unpack(request):
            seen.request_id = request.request_id
        elif detail.Unpack(retry):
            seen.retry_after_s = retry.retry_delay.ToNanoseconds() / 1e9
        elif detail.Unpack(bad) and bad.field_violations:
            seen.field = bad.field_violations[0].field
