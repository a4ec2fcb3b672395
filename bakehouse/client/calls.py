"""How a unary call is made: within a deadline, again while the studio is away, failing with our errors."""

import random
import time
from typing import TypeVar

import grpc

from bakehouse.backoff import delays
from bakehouse.errors import BakehouseError, CapacityError, UnauthenticatedError, UnavailableError
from bakehouse.rpc.status import error_of

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class Caller:
    """Makes calls to the studio at `address`, each within `timeout_s`, repetitions included."""

    def __init__(self, *, address: str, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s

    def call(
        self,
        method: "grpc.UnaryUnaryMultiCallable[RequestT, ResponseT]",  # generic in its types only
        request: RequestT,
        *,
        timeout_s: float | None = None,
    ) -> ResponseT:
        """The answer to `request`, which has to be safe to send twice: a creation is, by its request id.

        `timeout_s` is for what may take longer than other calls.

        Raises:
            BakehouseError: the studio's error, or UnavailableError where none answers in time.
        """
        deadline = time.monotonic() + (timeout_s or self._timeout_s)
        waits = delays(random.Random(), first_s=0.2, most_s=3.0)
        while True:
            try:
                return method(request, timeout=max(deadline - time.monotonic(), 0.001))
            except grpc.RpcError as failure:
                error = self.error_of(failure)
                wait_s = max(next(waits), retry_after_s(error) or 0.0)
                if not is_passing(error) or time.monotonic() + wait_s >= deadline:
                    raise error from failure
            time.sleep(wait_s)

    def error_of(self, failure: grpc.RpcError) -> BakehouseError:
        """The error of a failed call. One that no studio answered says how to find one."""
        error = error_of(failure)
        if isinstance(error, UnauthenticatedError):
            return UnauthenticatedError(
                f"the studio at {self._address} does not know the token; set BAKEHOUSE_TOKEN to one that "
                "`bakehouse token create` gave",
                fields=error.fields,
            )
        if "request_id" in error.fields or not isinstance(error, UnavailableError):
            return error
        return UnavailableError(
            f"no studio answers at {self._address} ({_short(error.message)}); see `bakehouse status`, "
            "start one with `bakehouse up`, or name another by BAKEHOUSE_ADDRESS"
        )


def is_passing(error: BakehouseError) -> bool:
    """Whether the same call may succeed by itself later."""
    return isinstance(error, UnavailableError) or retry_after_s(error) is not None


def retry_after_s(error: BakehouseError) -> float | None:
    """How long the studio asks to wait, where it does."""
    return error.retry_after_s if isinstance(error, CapacityError) else None


def _short(details: str) -> str:
    """The end of what gRPC says: it is long, and the end says why."""
    return details.rpartition(": ")[2][:80]
