"""An entry's files with all that is known of each: what was probed, the text beside it, what a table says."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from services.dataset.domain.listing import ListedImage, MissingFile
from services.dataset.domain.probe import Probed
from services.dataset.domain.rules import Size
from services.dataset.domain.sample import MAX_TEXT_BYTES, NO_TEXT, Found, TextFile
from services.dataset.domain.table_columns import TableRow
from services.dataset.entries import Entry
from services.dataset.plan_snapshot import images_of
from services.dataset.probes import Probes
from services.dataset.table_join import TableJoin

_CHUNK_ITEMS = 4096
_READERS = 16


def found_files(
    blobs: Blobs, entry: Entry, probes: Probes, join: TableJoin | None = None
) -> Iterator[list[Found | MissingFile]]:
    """The pictures of an entry and what could not be had, in the order of its listing, some at a time.

    `join` is the entry's table, where it has one: its captions take the place of those of the listing.
    """
    listed = images_of(blobs, entry)
    with ThreadPoolExecutor(_READERS) as readers:
        while chunk := list(islice(listed, _CHUNK_ITEMS)):
            images = [image for image in chunk if isinstance(image, ListedImage)]
            probed = iter(probes.find([image.file.digest for image in images], entry.decoding))
            texts = _texts(blobs, entry, images, readers)
            yield [
                found
                for file in chunk
                for found in (
                    [file] if isinstance(file, MissingFile) else _found(file, next(probed), texts, join)
                )
            ]


def _found(
    image: ListedImage, parts: Probed, texts: Mapping[Digest, TextFile], join: TableJoin | None
) -> list[Found]:
    text, listed, declared = _text_of(image, texts), image.file.captions, _declared(image)
    if join is not None:
        row = join.find(image.file.name) or TableRow()
        listed, declared = row.captions, row.size or declared
    return [Found(image=image, probe=part, text=text, listed=listed, declared=declared) for part in parts]


def _declared(image: ListedImage) -> Size | None:
    width, height = image.file.width, image.file.height
    return Size(width=width, height=height) if width and height else None


def _text_of(image: ListedImage, texts: Mapping[Digest, TextFile]) -> TextFile:
    if image.missing_text is not None:
        return TextFile(problem=image.missing_text.reason)
    return texts.get(image.text.digest, NO_TEXT) if image.text else NO_TEXT


def _texts(
    blobs: Blobs, entry: Entry, images: Sequence[ListedImage], readers: ThreadPoolExecutor
) -> dict[Digest, TextFile]:
    """The text files that the captions of `images` are made of, by digest; many are read at a time."""
    if entry.spec.caption_strategy != "textfile" or entry.spec.only_instance_prompt:
        return {}
    files = {image.text.digest: image.text.size_bytes for image in images if image.text}
    short = [digest for digest, size_bytes in files.items() if size_bytes <= MAX_TEXT_BYTES]
    texts = dict.fromkeys(files, TextFile(problem="too_large"))
    read = readers.map(blobs.get, short)
    return texts | {digest: TextFile(data=data) for digest, data in zip(short, read, strict=True)}
