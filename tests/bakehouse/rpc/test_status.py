"""The table of errors and codes is complete, and what it says survives the way there and back."""

import inspect
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]
    ErrorInfo,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from bakehouse import errors
from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from bakehouse.rpc.status import DETAILS_KEY, DOMAIN, TABLE, Answer, answer_of, code_of, error_of, make_answer
from bakehouse.v1.error_pb2 import ErrorReason

OTHER_REASONS = {"UNSPECIFIED", "DEADLINE_EXCEEDED", "INTERNAL"}


class Failure(grpc.RpcError):
    """What a client catches."""

    def __init__(
        self, code: grpc.StatusCode, message: str, trailers: tuple[tuple[str, bytes], ...] = ()
    ) -> None:
        self._code, self._message, self._trailers = code, message, trailers

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._message

    def trailing_metadata(self) -> Any:
        return self._trailers


def caught(answer: Answer) -> Failure:
    return Failure(answer.code, answer.message, ((DETAILS_KEY, answer.details),))


def unpacked(answer: Answer, into: Message) -> bool:
    """Whether the answer has a detail of this type; it is then in `into`."""
    return any(entry.Unpack(into) for entry in Status.FromString(answer.details).details)


def test_every_error_is_in_the_table() -> None:
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BakehouseError)
    ]
    assert set(TABLE) == set(kinds) - {BakehouseError}


def test_every_error_has_a_code_of_its_own() -> None:
    assert len({code for code, _ in TABLE.values()}) == len(TABLE)


def test_every_reason_is_documented_and_every_documented_reason_used() -> None:
    documented = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.DESCRIPTOR.values_by_name}
    assert documented - OTHER_REASONS == {reason for _, reason in TABLE.values()}


@pytest.mark.parametrize("kind", TABLE)
def test_an_error_comes_back_as_it_was(kind: type[BakehouseError]) -> None:
    error = error_of(caught(answer_of(kind("too small", fields={"size": "3"}), request_id="req-1")))
    assert type(error) is kind
    assert error.message == "too small"
    assert error.fields == {"size": "3", "request_id": "req-1"}


def test_a_subclass_is_told_as_its_class() -> None:
    class OddNameError(InvalidInputError):
        pass

    assert code_of(OddNameError("odd")) == grpc.StatusCode.INVALID_ARGUMENT


def test_the_reason_and_the_domain_are_told() -> None:
    info = ErrorInfo()
    assert unpacked(answer_of(NotFoundError("no cake"), request_id="r"), info)
    assert (info.reason, info.domain) == ("NOT_FOUND", DOMAIN)


def test_the_field_comes_back() -> None:
    error = error_of(caught(answer_of(InvalidInputError("too long", field="job.kind"), request_id="r")))
    assert isinstance(error, InvalidInputError)
    assert error.field == "job.kind"


def test_the_time_to_wait_comes_back() -> None:
    error = error_of(caught(answer_of(CapacityError("full", retry_after_s=2.5), request_id="r")))
    assert isinstance(error, CapacityError)
    assert error.retry_after_s == 2.5


def test_an_unknown_time_to_wait_stays_unknown() -> None:
    assert not unpacked(answer_of(CapacityError("full"), request_id="r"), RetryInfo())


def test_a_dependency_that_is_down_is_worth_another_try() -> None:
    assert unpacked(answer_of(UnavailableError("no store"), request_id="r"), RetryInfo())


def test_the_resource_is_named() -> None:
    resource = ResourceInfo()
    error = NotFoundError("no job", fields={"resource": "projects/p/jobs/j"})
    assert unpacked(answer_of(error, request_id="r"), resource)
    assert (resource.resource_type, resource.resource_name) == ("jobs", "projects/p/jobs/j")


@pytest.mark.parametrize("error", [ValueError("/etc/passwd"), BakehouseError("/etc/passwd")])
def test_what_is_not_in_the_table_is_told_as_nothing_but_the_request_id(error: Exception) -> None:
    answer = answer_of(error, request_id="req-9")
    assert answer.code == grpc.StatusCode.INTERNAL
    assert b"passwd" not in answer.details
    assert "req-9" in answer.message


def test_a_bug_of_the_server_is_no_error_that_a_client_can_act_on() -> None:
    assert type(error_of(caught(answer_of(ValueError("x"), request_id="r")))) is BakehouseError


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED]
)
def test_a_connection_that_fails_is_worth_another_try(code: grpc.StatusCode) -> None:
    assert type(error_of(Failure(code, "connection refused"))) is UnavailableError


def test_text_that_is_no_unicode_is_told_with_question_marks() -> None:
    error = NotFoundError("no \udcff", fields={"\udcff": "\udcff", "resource": "\udcff"})
    assert answer_of(error, request_id="r").message == "no ?"


def test_damaged_details_are_left_aside() -> None:
    error = error_of(Failure(grpc.StatusCode.NOT_FOUND, "no cake", ((DETAILS_KEY, b"\xff"),)))
    assert (type(error), error.message, error.fields) == (NotFoundError, "no cake", {})


def test_another_domains_fields_are_left_aside() -> None:
    status = Status()
    status.details.add().Pack(ErrorInfo(domain="elsewhere", metadata={"a": "b"}))
    failure = Failure(grpc.StatusCode.NOT_FOUND, "no cake", ((DETAILS_KEY, status.SerializeToString()),))
    assert error_of(failure).fields == {}


def test_an_answer_without_an_error_has_its_reason() -> None:
    info = ErrorInfo()
    code = grpc.StatusCode.DEADLINE_EXCEEDED
    assert unpacked(make_answer(code, "DEADLINE_EXCEEDED", "too slow", request_id="r"), info)
    assert info.reason == "DEADLINE_EXCEEDED"
