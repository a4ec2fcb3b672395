"""Listing a directory in the order of its keys, folder by folder, as far as the reader reads.

A folder's names are held while its entries are given out, never those of the whole tree.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from stat import S_ISREG

from bakehouse.blobs.disk import FOLDER
from bakehouse.blobs.port import ObjectInfo, is_segment


def listing(folder: int, path: str, *, stem: str, after: str, recursive: bool) -> Iterator[ObjectInfo | str]:
    """What lies in an open folder, as `ObjectStore.list` says.

    Args:
        folder: its descriptor; whoever opened it closes it.
        path: the beginning that all keys in it share: empty, or with a "/" at its end.
        stem: how the names directly in it begin.
        after: only keys behind this one are given.
        recursive: whether to enter folders rather than name them.
    """
    for name in sorted(_names(folder)):
        key = path + name
        if not name.startswith(stem) or (key <= after and not after.startswith(key)):
            continue
        if not name.endswith("/"):
            yield from _file(folder, name, key=key) if key > after else ()
        elif recursive:
            yield from _below(folder, name, key=key, after=after)
        elif key > after and _holds_objects(folder, name, key=key):
            yield key


def info(folder: int, name: str, *, key: str) -> ObjectInfo | None:
    """The object `name` of an open folder; None where it is gone, or no object."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not S_ISREG(found.st_mode):
        return None
    modified = datetime.fromtimestamp(found.st_mtime, tz=UTC)
    return ObjectInfo(key=key, size_bytes=found.st_size, modified=modified)


def _file(folder: int, name: str, *, key: str) -> Iterator[ObjectInfo]:
    found = info(folder, name, key=key)
    if found is not None:
        yield found


def _below(folder: int, name: str, *, key: str, after: str) -> Generator[ObjectInfo | str]:
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        yield from listing(inner, key, stem="", after=after, recursive=True)
    finally:
        os.close(inner)


def _holds_objects(folder: int, name: str, *, key: str) -> bool:
    with closing(_below(folder, name, key=key, after="")) as entries:
        return next(entries, None) is not None


def _names(folder: int) -> Iterator[str]:
    """Folders with the "/" that follows in their keys: this makes the order of names that of the keys."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_segment(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield f"{entry.name}/"
            elif entry.is_file(follow_symlinks=False):
                yield entry.name
