"""The one taxonomy of errors, by what the caller can do about them. Free of gRPC, NATS and S3.

BakehouseError
├── InvalidInputError       fix the request
├── NotFoundError           fix the reference
├── AlreadyExistsError      fix the reference
├── StateError              change the state first (job over, manifest not captioned)
├── StaleError              someone was faster: re-read, redo the whole step
├── ExpiredError            the position is gone: re-read the state, go on from now
├── CapacityError           quota, disk, memory: shrink, or later
├── UnavailableError        a dependency is down: the same call again
├── CorruptionError         bytes are not what their digest says: stop, tell a human
├── UnauthenticatedError    no valid token
└── PermissionDeniedError   a valid token without the right
"""

from collections.abc import Mapping
from typing import ClassVar


class BakehouseError(Exception):
    """An error with a message for people, and a reason and fields for programs.

    The message names the thing, the value and the remedy; it may reach a client, so it never holds a
    secret or a server's path.
    """

    reason: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class InvalidInputError(BakehouseError):
    """The request is wrong. `field` names the place in the request, where there is one."""

    reason = "INVALID_INPUT"

    def __init__(self, message: str, *, field: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, fields=fields)
        self.field = field


class NotFoundError(BakehouseError):
    """The named thing is not there, or not there for this caller."""

    reason = "NOT_FOUND"


class AlreadyExistsError(BakehouseError):
    """The name is taken."""

    reason = "ALREADY_EXISTS"


class StateError(BakehouseError):
    """The thing is not in a state that allows this."""

    reason = "WRONG_STATE"


class StaleError(BakehouseError):
    """The reference moved under the caller."""

    reason = "STALE"


class ExpiredError(BakehouseError):
    """A position to resume from is no longer kept."""

    reason = "EXPIRED"


class CapacityError(BakehouseError):
    """Something is full. `retry_after_s` says when it may have room again, where that is known."""

    reason = "CAPACITY"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, fields=fields)
        self.retry_after_s = retry_after_s


class UnavailableError(BakehouseError):
    """A dependency is down; the same call may succeed later."""

    reason = "UNAVAILABLE"


class CorruptionError(BakehouseError):
    """Stored bytes differ from their digest."""

    reason = "CORRUPTION"


class UnauthenticatedError(BakehouseError):
    """The caller did not prove who it is."""

    reason = "UNAUTHENTICATED"


class PermissionDeniedError(BakehouseError):
    """The caller is known and may not do this."""

    reason = "PERMISSION_DENIED"
