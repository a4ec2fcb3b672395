"""A stored object as a read-only file that fetches only the ranges that are read."""

import io

from bakehouse.blobs.port import ObjectStore


class RangeFile(io.RawIOBase):
    """For libraries that want a file. Nothing is kept: each read is one request. Not for many threads."""

    def __init__(self, store: ObjectStore, key: str, size_bytes: int) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._size_bytes = size_bytes
        self._at = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As any file."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        self._at = origin + offset
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, or what is left of them.

        Raises:
            NotFoundError: the object is gone.
        """
        left = max(self._size_bytes - self._at, 0)
        length = left if size < 0 else min(size, left)
        data = b"".join(self._store.read(self._key, start=self._at, length=length)) if length else b""
        self._at += length
        return data
