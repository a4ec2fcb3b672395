"""Lists in pages, and shelves: things of one project in memory, in the order of a time, the newest first."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bakehouse.rpc.paging import PageTokens, page_size

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWish:
    """Which page: as a request says it, not checked yet."""

    size: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some entries of a list. `next` is the token of the next page; empty where this is the last."""

    entries: Sequence[T]
    next: str = ""


class Shelf(Generic[T]):
    """Entries by id. The time of an id is the first that it was put with."""

    def __init__(self) -> None:
        self._order: list[tuple[str, str]] = []
        self._entries: dict[str, T] = {}

    def get(self, name: str) -> T | None:
        """The entry of an id."""
        return self._entries.get(name)

    def put(self, name: str, entry: T, *, time: str) -> None:
        """Add an entry, or replace that of the same id. `time`: ISO 8601, of one length and zone."""
        if name not in self._entries:
            insort(self._order, (time, name))
        self._entries[name] = entry

    def newest(self, after: str = "") -> Iterator[tuple[str, T]]:
        """Entries, the newest first, each with its place; from the one behind the place `after` on."""
        time, _, name = after.partition("/")
        end = bisect_left(self._order, (time, name)) if after else len(self._order)
        for i in reversed(range(end)):
            time, name = self._order[i]
            yield f"{time}/{name}", self._entries[name]

    def page(
        self,
        wanted: PageWish,
        tokens: PageTokens,
        *binding: str,
        keep: Callable[[T], bool] = lambda _: True,
        most: int = 1000,
    ) -> Page[T]:
        """A page of the entries that `keep` lets pass, `most` at most.

        Raises:
            InvalidInputError: no page can be so.
        """
        size = min(page_size(wanted.size), most)
        entries: list[T] = []
        place = ""
        for next_place, entry in self.newest(tokens.unseal(wanted.token, *binding)):
            if not keep(entry):
                continue
            if len(entries) == size:
                return Page(entries=entries, next=tokens.seal(place, *binding))
            entries.append(entry)
            place = next_place
        return Page(entries=entries)
