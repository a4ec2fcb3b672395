"""What the dataset service needs of the outside: decoding pictures, and the folders of the server."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from services.dataset.domain.probe import Face


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A picture. `rendition` is a PNG of it, upright, sRGB, 8 bits; None where the file is that."""

    format: str
    media_type: str
    width: int
    height: int
    rendition: bytes | None


class BrokenPictureError(Exception):
    """A file that is no picture or can't be decoded: a word to count by, and a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Decoder(Protocol):
    """Decodes pictures."""

    def decode(self, data: bytes) -> Decoded:
        """Decode the whole of a file.

        Raises:
            BrokenPictureError: it is no picture, is damaged, or is too large; the same bytes always are.
            MemoryError: it did not fit.
        """
        ...


class FaceFinder(Protocol):
    """Finds faces."""

    def find(self, picture: bytes) -> Face | None:
        """The largest frontal face of a picture that can be decoded and is upright; None where there is none.

        Raises:
            MemoryError: it did not fit.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file of a folder as a look at it gives: changed bytes change the size or the time."""

    name: str
    size_bytes: int
    modified_ns: int


class Folders(Protocol):
    """The folders that a server lets be read, each below a root."""

    def walk(self, path: str) -> Iterator[SeenFile]:
        """The files below `path`, in any order. No link leads to a folder or out of the root.

        Raises:
            InvalidInputError: `path` is no folder below a root.
        """
        ...

    def store(self, path: str, seen: SeenFile, blobs: Blobs) -> Digest:
        """Put a file of the folder into the store.

        Raises:
            InvalidInputError: it is gone, changed since it was seen, or can't be read.
        """
        ...
