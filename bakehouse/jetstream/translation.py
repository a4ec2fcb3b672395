"""Turns nats-py's exceptions and JetStream's error codes into ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
from nats.js import errors as js_errors

from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    UnavailableError,
)

_WRONG_LAST_SEQUENCE = {10071, 10164}
_STREAM_FULL = {10023, 10047, 10077, 10122}
_NO_STREAM = {10059, 10014}


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn nats-py's exceptions into ours."""
    try:
        yield
    except js_errors.APIError as error:
        raise _translated(error) from error
    except nats.errors.MaxPayloadError as error:
        raise InvalidInputError("a message over NATS's limit: only ids belong in messages") from error
    except (TimeoutError, nats.errors.Error, js_errors.Error, OSError) as error:
        raise UnavailableError(f"NATS does not answer: {str(error) or type(error).__name__}") from error


def _translated(error: js_errors.APIError) -> BakehouseError:
    text = error.description or str(error)
    if error.err_code in _WRONG_LAST_SEQUENCE:
        return StaleError(f"someone wrote first: {text}")
    if error.err_code in _STREAM_FULL or "maximum" in text:
        return CapacityError(
            f"JetStream is full: {text}; raise its max_file or the stream's max_bytes", retry_after_s=5
        )
    if error.err_code in _NO_STREAM:
        return UnavailableError(f"JetStream lacks a stream or consumer ({text}); run `bakehouse migrate`")
    if error.code == 404:
        return NotFoundError(text)
    return UnavailableError(f"JetStream refused: {text}")
