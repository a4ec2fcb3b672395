"""Listing an S3 bucket in the order of its keys, from stores that keep it and from those that don't.

AWS and MinIO list by key. SeaweedFS 4.48 lists folder by folder, "a/b" before "a-c", and goes on behind a key
in that order: who goes on behind "a-c" never sees "a/b". What comes out here is by key from both: a folder
waits until the siblings that by key come before it have passed. A small one waits in memory; a larger one is
listed again when its turn comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Protocol

from bakehouse.blobs.port import ObjectInfo

PAGE = 1000

Entry = ObjectInfo | str
Page = tuple[list[Entry], str]

_LAST = "~"  # behind all that a key may have


class Pages(Protocol):
    """Gives the entries in the store's own order, a page of at most `PAGE` at a time."""

    def __call__(self, prefix: str, *, after: str, token: str, folded: bool) -> Page:
        """A page, and the token to ask for the next one with: empty at the end.

        Args:
            prefix: how the keys begin.
            after: where the first page begins, in the store's own order.
            token: empty for the first page.
            folded: whether what lies below the next "/" is one `str`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A name directly below a folder: an object, or a folder, and what a listing says of it."""

    name: str
    is_folder: bool
    entries: Iterable[Entry]

    def waits_for(self, name: str) -> bool:
        """Whether `name` comes before this folder by key, though perhaps behind it in the store's order."""
        return name.startswith(self.name) and name[len(self.name) :] < "/"


class Listing:
    """`ObjectStore.list` on top of pages. Of a folder at most `most_held` entries wait in memory."""

    def __init__(self, pages: Pages, *, recursive: bool, most_held: int = PAGE) -> None:
        self._pages = pages
        self._recursive = recursive
        self._most_held = most_held

    def entries(self, prefix: str, after: str) -> Iterator[Entry]:
        """The entries that begin with `prefix` and are behind `after`, by key."""
        if after > prefix and not after.startswith(prefix):
            return
        folder = _folder_of(prefix)
        waiting = self._passed_over(prefix, after)
        known = {child.name for child in waiting}
        for child in self._children(prefix, _beginning(prefix, after)):
            if f"{folder}{child.name}{'/' if child.is_folder else ''}" <= after:
                continue
            while waiting and not waiting[-1].waits_for(child.name):
                yield from waiting.pop().entries
            if not child.is_folder:
                yield from child.entries
            elif child.name not in known:
                waiting.append(child)
        while waiting:
            yield from waiting.pop().entries

    def _passed_over(self, prefix: str, after: str) -> list[_Child]:
        """The folders with keys behind `after` that a store may have had before it. They may be empty."""
        folder = _folder_of(prefix)
        if not after.startswith(prefix) or after == folder:
            return []
        name = after[len(folder) :].partition("/")[0]
        names = [name[:i] for i, character in enumerate(name) if character < "/"] + [name]
        return [
            _Child(name=name, is_folder=True, entries=self._below(f"{folder}{name}/", after))
            for name in names
            if f"{folder}{name}".startswith(prefix) and name
        ]

    def _below(self, folder: str, after: str) -> Iterator[Entry]:
        if self._recursive:
            yield from self.entries(folder, after)
        elif folder > after and self._pages(folder, after="", token="", folded=True)[0]:
            yield folder

    def _children(self, prefix: str, begin: str) -> Iterator[_Child]:
        """What lies directly below the folder of `prefix`, in the store's order."""
        folder = _folder_of(prefix)
        while True:
            entries = self._in_store_order(prefix, begin)
            for (name, is_folder), group in groupby(entries, key=lambda entry: _step(entry, folder)):
                held = list(islice(group, self._most_held + 1))
                if len(held) > self._most_held:
                    yield _Child(name=name, is_folder=True, entries=self.entries(f"{folder}{name}/", ""))
                    begin = f"{folder}{name}/{_LAST}"
                    break
                yield _Child(name=name, is_folder=is_folder, entries=sorted(held, key=_key))
            else:
                return

    def _in_store_order(self, prefix: str, begin: str) -> Iterator[Entry]:
        token = ""
        while True:
            page, token = self._pages(prefix, after=begin, token=token, folded=not self._recursive)
            # A folded page has its objects before its folders. "/" first is the order of folder by folder.
            yield from page if self._recursive else sorted(page, key=lambda e: _key(e).replace("/", "\0"))
            if not token:
                return


def _beginning(prefix: str, after: str) -> str:
    """Where a store has to begin, so that together with what `_passed_over` gives nothing is missed."""
    folder = _folder_of(prefix)
    if not after.startswith(prefix):
        return ""
    name, below, _ = after[len(folder) :].partition("/")
    return f"{folder}{name}/{_LAST}" if below else after


def _folder_of(prefix: str) -> str:
    return prefix[: prefix.rfind("/") + 1]


def _key(entry: Entry) -> str:
    return entry if isinstance(entry, str) else entry.key


def _step(entry: Entry, folder: str) -> tuple[str, bool]:
    """The name directly below `folder` on the way to `entry`, and whether it is a folder's."""
    name, slash, _ = _key(entry)[len(folder) :].partition("/")
    return name, bool(slash)
