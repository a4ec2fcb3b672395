"""The object store in a directory: written aside, synced, renamed. For one machine, or a shared file system.

Any number of processes and threads may use one root. Folders are never removed here, so that no writer loses
the one that it is about to rename into.
"""

import errno
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG

from bakehouse.blobs.chunks import exactly
from bakehouse.blobs.directory_listing import info, listing
from bakehouse.blobs.disk import Folders, disk_error, remove, sync
from bakehouse.blobs.incoming import INCOMING, Incoming, sweep
from bakehouse.blobs.port import (
    CHUNK_BYTES,
    Capabilities,
    Method,
    ObjectInfo,
    check_key,
    check_prefix,
    check_range,
)
from bakehouse.blobs.signing import UrlSigner
from bakehouse.errors import NotFoundError, StateError, UnavailableError

_PLACE = "the store's directory (BAKEHOUSE_STORE_URL)"
_SWEEP_EVERY_S = 24 * 3600
_ON_DISK_S = 120.0  # by then a kernel has written what it was given, asked or not
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}  # the last is a symbolic link, which is no object


class DirectoryStore:
    """An `ObjectStore` below `root`, which `create()` has made once. With a signer it gives out URLs."""

    def __init__(self, root: Path, *, signer: UrlSigner | None = None) -> None:
        self._root = root
        self._folders = Folders(root)
        self._signer = signer
        self._next_sweep = 0.0  # on the monotonic clock

    def create(self) -> None:
        """Make the store, durably; no error where it is there.

        Raises:
            UnavailableError, CapacityError: the file system refuses.
        """
        incoming = self._root / INCOMING
        with _translated("making the store"):
            for folder in reversed([incoming, *incoming.parents]):
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    _sync_folder(folder.parent)

    def put(self, key: str, chunks: Iterable[bytes], *, size_bytes: int) -> None:
        """As the port says; nothing is retried."""
        names = check_key(key).split("/")
        action = f"writing {key}"
        with _translated(action):
            self._sweep_when_due()
            incoming = Incoming(self._folders)
        try:
            # Only what the disk raises is translated, never what `chunks` raises.
            for chunk in exactly(chunks, size_bytes, key=key):
                with _translated(action):
                    incoming.write(chunk)
            with _translated(action):
                incoming.place(names)
        finally:
            incoming.close()

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As the port says."""
        chunks = _chunks(self._open(check_key(key)), key, start=start, length=length)
        next(chunks)
        return chunks

    def stat(self, key: str) -> ObjectInfo | None:
        """As the port says."""
        *folders, name = check_key(key).split("/")
        try:
            with self._folders.existing(folders) as folder:
                found = info(folder, name, key=key)
                if found is not None and _is_fresh(found):
                    sync(folder)  # its writer may have been killed between renaming and syncing
                return found
        except OSError as error:
            self._accept_absence(error, f"looking for {key}")
            return None

    def list(self, prefix: str, *, after: str = "", recursive: bool = True) -> Iterator[ObjectInfo | str]:
        """As the port says. The names of the folders that lead to the place reached are held in memory."""
        path, slash, stem = check_prefix(prefix).rpartition("/")
        try:
            with self._folders.existing(_names(path)) as folder:
                yield from listing(folder, path + slash, stem=stem, after=after, recursive=recursive)
        except OSError as error:
            self._accept_absence(error, f"listing {prefix}")

    def delete(self, keys: Iterable[str]) -> None:
        """As the port says, durably: a folder is synced once for those of its keys that stand together."""
        for path, group in groupby(keys, key=lambda key: check_key(key).rpartition("/")[0]):
            self._delete_in(path, [key.rpartition("/")[2] for key in group])

    def presign(self, key: str, *, method: Method, expires_s: int, size_bytes: int | None = None) -> str:
        """As the port says."""
        if self._signer is None:
            raise StateError("nobody answers URLs into this store; upload and download through the API")
        return self._signer.url(key, method=method, expires_s=expires_s, size_bytes=size_bytes)

    def probe(self) -> Capabilities:
        """As the port says. A conditional put is not offered, as nothing needs one."""
        key = f"probe/{token_hex(8)}"
        self.put(key, [b"probe"], size_bytes=5)
        try:
            found = self.stat(key)
            skew_s = found.modified.timestamp() - time.time() if found else 0.0
            works = {
                "get": b"".join(self.read(key)) == b"probe",
                "list": list(self.list(key)) == [found],
                "ranges": b"".join(self.read(key, start=1, length=3)) == b"rob",
            }
        finally:
            self.delete([key])
        works["delete"] = self.stat(key) is None
        if missing := [name for name, does in works.items() if not does]:
            raise UnavailableError(f"{_PLACE}: {', '.join(missing)} failed; use another file system")
        return Capabilities(
            driver="directory",
            conditional_put=False,
            ranges=True,
            presign=self._signer is not None,
            delete_many=True,
            multipart=True,
            clock_skew_s=skew_s,
        )

    def _open(self, key: str) -> int:
        *folders, name = key.split("/")
        try:
            with self._folders.existing(folders) as folder:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as error:
            self._accept_absence(error, f"reading {key}")
            raise _not_found(key) from error
        if not S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise _not_found(key)
        return file

    def _delete_in(self, path: str, names: Iterable[str]) -> None:
        try:
            with self._folders.existing(_names(path)) as folder:
                for name in names:
                    remove(name, folder)
                sync(folder)
        except OSError as error:
            self._accept_absence(error, f"deleting from {path}/")

    def _accept_absence(self, error: OSError, action: str) -> None:
        """Raise what `error` means, unless it only means that something is not in a store that is there."""
        # os.path asks without raising where even asking is refused
        if error.errno not in _ABSENT or not os.path.isdir(self._root / INCOMING):  # noqa: PTH112
            raise disk_error(error, action, place=_PLACE) from error

    def _sweep_when_due(self) -> None:
        now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_EVERY_S
            with suppress(OSError):  # leftovers are no reason not to write; a store that is away shows anyway
                sweep(self._folders)


@contextmanager
def _translated(action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, action, place=_PLACE) from error


def _not_found(key: str) -> NotFoundError:
    return NotFoundError(f"{key} is not in the store", fields={"key": key})


def _names(path: str) -> list[str]:
    return path.split("/") if path else []


def _chunks(file: int, key: str, *, start: int, length: int | None) -> Iterator[bytes]:
    """Nothing first, so that it can be begun: then the range is checked, and the file closed in any case."""
    try:
        end = check_range(key, start=start, length=length, size_bytes=os.fstat(file).st_size)
        yield b""
        while start < end:
            with _translated(f"reading {key}"):
                chunk = os.pread(file, min(CHUNK_BYTES, end - start), start)
            if not chunk:
                raise UnavailableError(f"{key} became shorter while it was read; read it again")
            start += len(chunk)
            yield chunk
    finally:
        os.close(file)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        sync(folder)
    finally:
        os.close(folder)


def _is_fresh(found: ObjectInfo) -> bool:
    return abs(time.time() - found.modified.timestamp()) < _ON_DISK_S
