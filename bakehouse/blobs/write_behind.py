"""Blobs that are stored while their user goes on computing: a durable write is mostly waiting."""

from concurrent.futures import Executor, Future

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes

_MOST_BYTES = 64 << 20


class WriteBehind:
    """Puts blobs in the threads of `executor`. At most some 64 MiB and one blob wait."""

    def __init__(self, blobs: Blobs, executor: Executor, *, most_bytes: int = _MOST_BYTES) -> None:
        self._blobs = blobs
        self._executor = executor
        self._most_bytes = most_bytes
        self._writing: list[Future[Digest]] = []
        self._waiting_bytes = 0

    def put(self, data: bytes) -> Digest:
        """The digest of `data`, which is durably there when `flush` has returned.

        Raises:
            BakehouseError: as `flush`, of what was put before.
        """
        if self._waiting_bytes + len(data) > self._most_bytes:
            self.flush()
        digest = digest_bytes(data)
        self._waiting_bytes += len(data)
        self._writing.append(self._executor.submit(self._blobs.put, data, digest=digest))
        return digest

    def flush(self) -> None:
        """Wait until all that was put is there.

        Raises:
            BakehouseError: the store refused some of it; nothing is waited for any more.
        """
        writing, self._writing, self._waiting_bytes = self._writing, [], 0
        errors = [future.exception() for future in writing]
        for error in errors:
            if error is not None:
                raise error
