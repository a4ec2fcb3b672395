from collections.abc import Callable
from random import Random

import pytest
from minio.error import ServerError

from bakehouse.blobs.s3_location import S3Location
from bakehouse.blobs.s3_retries import Retries
from bakehouse.errors import NotFoundError, UnavailableError


def retries(patience_s: float) -> Retries:
    location = S3Location(
        endpoint="http://127.0.0.1:9000", bucket="kitchen", access_key="key", secret_key="hidden"
    )
    return Retries(location, patience_s=patience_s, random=Random(1))


def failing(times: int, error: Exception, calls: list[int]) -> Callable[[], str]:
    def request() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return request


def test_a_passing_fault_is_waited_out() -> None:
    calls: list[int] = []
    request = failing(3, ServerError("busy", 503), calls)
    assert retries(30).call(request, "reading k") == "done"
    assert len(calls) == 4


def test_without_patience_it_is_tried_twice() -> None:
    calls: list[int] = []
    with pytest.raises(UnavailableError, match=r"reading k: .*busy"):
        retries(0).call(failing(99, ServerError("busy", 503), calls), "reading k")
    assert len(calls) == 2


def test_a_lasting_fault_is_not_repeated() -> None:
    calls: list[int] = []
    with pytest.raises(UnavailableError):
        retries(30).call(failing(99, ServerError("not modified", 304), calls), "reading k")
    assert len(calls) == 1


def test_errors_that_are_no_faults_of_a_request_pass() -> None:
    calls: list[int] = []
    with pytest.raises(NotFoundError, match="mine"):
        retries(30).call(failing(99, NotFoundError("mine"), calls), "reading k")
    assert len(calls) == 1


def test_the_cause_is_kept() -> None:
    fault = ServerError("busy", 503)
    with pytest.raises(UnavailableError) as caught:
        retries(0).call(failing(99, fault, []), "reading k")
    assert caught.value.__cause__ is fault
