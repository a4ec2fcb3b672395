"""Streams of bytes on their way into a store: counted, and cut into parts. Knows no store."""

from collections.abc import Iterable, Iterator

from bakehouse.errors import InvalidInputError


def exactly(chunks: Iterable[bytes], size_bytes: int, *, key: str) -> Iterator[bytes]:
    """The chunks, if they are `size_bytes` in all.

    Raises:
        InvalidInputError: they are more (nothing beyond is passed on), or, at their end, fewer.
    """
    num_bytes = 0
    for chunk in chunks:
        num_bytes += len(chunk)
        if num_bytes > size_bytes:
            break
        yield chunk
    if num_bytes != size_bytes:
        found = "more" if num_bytes > size_bytes else f"only {num_bytes}"
        raise InvalidInputError(
            f"{key}: {size_bytes} bytes were announced and {found} came; announce what is sent",
            field="size_bytes",
        )


def in_parts(chunks: Iterable[bytes], part_bytes: int) -> Iterator[bytes]:
    """The bytes of `chunks` in parts of `part_bytes`; the last is shorter, and the only one may be empty.

    A part is given out when more is there than it holds: the last one after `chunks` have ended.
    """
    held = bytearray()
    for chunk in chunks:
        rest = memoryview(chunk)
        while len(held) + len(rest) > part_bytes:
            room = part_bytes - len(held)
            held += rest[:room]
            rest = rest[room:]
            yield bytes(held)
            held.clear()
        held += rest
    yield bytes(held)
