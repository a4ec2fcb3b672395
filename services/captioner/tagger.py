"""A registered tagger: where its files are in the store, and its tag list."""

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError
from services.captioner.domain.tag_list import Tag, parse_tag_list
from services.captioner.domain.tagger_files import MODEL, TAG_LIST, TaggerFiles, parse_tagger_listing

SHARED = "shared"  # the project of models


def tagger_files(shared: Blobs, listing: Digest) -> TaggerFiles:
    """The files that a tagger's listing names, all of which are there.

    Raises:
        InvalidInputError: the listing lacks one.
        NotFoundError: the listing or a file is not in the store.
    """
    _require(shared, listing, "its listing")
    files = parse_tagger_listing(shared.get(listing))
    _require(shared, files.model, MODEL)
    _require(shared, files.tag_list, TAG_LIST)
    return files


def read_tags(shared: Blobs, files: TaggerFiles) -> tuple[Tag, ...]:
    """A tagger's tags, in the order of its outputs.

    Raises:
        InvalidInputError: its selected_tags.csv is no tag list.
    """
    return parse_tag_list(shared.get(files.tag_list))


def _require(shared: Blobs, digest: Digest, what: str) -> None:
    if not shared.has(digest):
        raise NotFoundError(
            f"tagger: {what} ({digest}) is not in the project {SHARED}; upload the tagger's folder there"
        )
