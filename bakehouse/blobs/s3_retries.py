"""The one loop that repeats S3 requests, bounded in time."""

import time
from collections.abc import Callable
from random import Random
from typing import TypeVar

from bakehouse.backoff import delays
from bakehouse.blobs.s3_faults import FAULTS, is_transient, translated
from bakehouse.blobs.s3_location import S3Location
from bakehouse.logs import get_logger

T = TypeVar("T")

log = get_logger()


class Retries:
    """Repeats what failed for a passing reason until `patience_s` are over, but at least once.

    So one request that hangs until it times out is not the end. A call takes `patience_s` and one request
    more, or two requests, whichever is longer.
    """

    def __init__(self, location: S3Location, *, patience_s: float, random: Random) -> None:
        self._location = location
        self._patience_s = patience_s
        self._random = random

    def call(self, request: Callable[[], T], action: str) -> T:
        """What `request` returns. It must be safe to repeat.

        Args:
            request: may raise anything; what is none of `FAULTS` passes through.
            action: what it is for, as in "reading p/blobs/…".

        Raises:
            BakehouseError: the last fault, translated.
        """
        give_up_at = time.monotonic() + self._patience_s
        waits = delays(self._random)
        num_faults = 0
        while True:
            try:
                return request()
            except FAULTS as fault:
                num_faults += 1
                wait_s = next(waits)
                is_late = num_faults > 1 and time.monotonic() + wait_s > give_up_at
                error = translated(fault, action, self._location)
                if is_late or not is_transient(fault):
                    raise error from fault
                log.warning("s3_retry", reason=error.message, wait_s=round(wait_s, 2))
            time.sleep(wait_s)
