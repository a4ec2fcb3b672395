"""Which files of a tagger's folder are used. Pure: a listing's bytes in, digests out."""

import json
from dataclasses import dataclass

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError

MODEL = "model.onnx"
TAG_LIST = "selected_tags.csv"

_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerFiles:
    """The blobs of a tagger: its network and its tag list."""

    model: Digest
    tag_list: Digest


def parse_tagger_listing(data: bytes) -> TaggerFiles:
    """The files of a tagger, from the listing of its folder (JSON lines, see docs/stages.md).

    Raises:
        InvalidInputError: it is no listing, or lacks a file; the message names those that are there.
    """
    try:
        found = {line["name"]: parse_digest(line["digest"]) for line in map(json.loads, data.splitlines())}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            "tagger: the blob is no listing of a folder; give the digest of one", field="tagger"
        ) from error
    if missing := [name for name in (MODEL, TAG_LIST) if name not in found]:
        names = sorted(found)
        there = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
        raise InvalidInputError(
            f"tagger: its folder has no {' and no '.join(missing)}, but {there or 'nothing'}; give a folder "
            f"with {MODEL} and {TAG_LIST}",
            field="tagger",
        )
    return TaggerFiles(model=found[MODEL], tag_list=found[TAG_LIST])
