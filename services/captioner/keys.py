"""The keys of scores: what a picture's row of scores depends on, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from bakehouse.cache.keys import KeyFormat
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from services.captioner.domain.square import PREPROCESSING, TAGS_REVISION
from services.captioner.domain.tagger_files import TaggerFiles

KIND = "tags"

_CHUNK_ITEMS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedPicture:
    """A picture's blob, and the key that its scores are filed under."""

    key: Digest
    picture: Digest


def keyed_pictures(tagger: TaggerFiles, pictures: Iterable[Digest]) -> Iterator[KeyedPicture]:
    """Pictures with the keys of the scores that this tagger gives them, in their order."""
    constants: Mapping[str, Json] = {
        "model": tagger.model,
        "preprocessing": PREPROCESSING,
        "tag_list": tagger.tag_list,
    }
    keys = KeyFormat(KIND, TAGS_REVISION, constants=constants, columns=["picture"])
    remaining = iter(pictures)
    while chunk := list(islice(remaining, _CHUNK_ITEMS)):
        for key, picture in zip(keys.keys({"picture": chunk}), chunk, strict=True):
            yield KeyedPicture(key=key, picture=picture)
