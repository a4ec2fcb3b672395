"""A store that keeps a ledger of what was read through it, and entries to fill an index with."""

from collections.abc import Iterable, Iterator

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest, digest_bytes


class LedgerStore(DirectoryStore):
    """A real directory; `reads` are the bytes of each read."""

    reads: list[int]

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        self.reads.append(length or 0)
        return super().read(key, start=start, length=length)


def a_key(number: int) -> Digest:
    return digest_bytes(b"key %d" % number)


def entry(number: int, shard: str = "shard") -> IndexEntry:
    return IndexEntry(
        key=a_key(number), shard=digest_bytes(shard.encode()), row=number, crc32c=2**32 - 1 - number
    )


def entries(numbers: Iterable[int], shard: str = "shard") -> list[IndexEntry]:
    return [entry(number, shard) for number in numbers]
