import nats.errors
import pytest
from nats.js import errors as js_errors

from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from bakehouse.jetstream.translation import translated_errors


@pytest.mark.parametrize(
    ("code", "err_code", "description", "expected"),
    [
        (400, 10071, "wrong last sequence: 3", StaleError),
        (400, 10164, "wrong last sequence", StaleError),
        (503, 10077, "maximum messages exceeded", CapacityError),
        (400, 10047, "insufficient storage", CapacityError),
        (404, 10059, "stream not found", UnavailableError),
        (404, 10037, "no message found", NotFoundError),
        (500, 10000, "something else", UnavailableError),
    ],
)
def test_what_jetstream_answers_is_ours(
    code: int, err_code: int, description: str, expected: type[BakehouseError]
) -> None:
    with pytest.raises(expected), translated_errors():
        raise js_errors.APIError(code=code, err_code=err_code, description=description)


@pytest.mark.parametrize("error", [TimeoutError(), nats.errors.ConnectionClosedError(), OSError("gone")])
def test_who_does_not_answer_is_away(error: Exception) -> None:
    with pytest.raises(UnavailableError, match="does not answer"), translated_errors():
        raise error


def test_a_message_that_is_too_long_is_the_senders_fault() -> None:
    with pytest.raises(InvalidInputError, match="only ids"), translated_errors():
        raise nats.errors.MaxPayloadError
