"""Probes files in a worker's child: decodes each, stores its rendition, says what it is."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.write_behind import WriteBehind
from bakehouse.cache.keys import compute_key
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest
from services.dataset.domain.decoding import MAX_FILE_BYTES
from services.dataset.domain.probe import (
    PROBE_KIND,
    PROBE_REVISION,
    Face,
    NoPicture,
    Picture,
    Probe,
    Probed,
    Wanted,
    encode_probe,
    parse_wanted,
    probe_inputs,
)
from services.dataset.ports import BrokenPictureError, Decoded, Decoder, FaceFinder

_BATCH_ITEMS = 8
_WRITERS = 2

Keep = Callable[[bytes], Digest]


class ProbeWork:
    """A unit of files, named by the digests of their bytes and by what is to be found out of them."""

    def __init__(self, request: UnitRequest, decoder: Decoder, faces: FaceFinder) -> None:
        self._blobs = request.blobs
        self._decoder = decoder
        self._faces = faces
        self._items: list[str] = json.loads(request.payload)
        self._probed: dict[str, Probed] = {}

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """See `UnitWork`."""
        return [self._items[at : at + _BATCH_ITEMS] for at in range(0, len(self._items), _BATCH_ITEMS)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """See `UnitWork`. That a file is no picture is a result, not a failure."""
        with ThreadPoolExecutor(_WRITERS) as writers:
            stored = WriteBehind(self._blobs, writers)
            found = {item: self._probe(parse_wanted(item), stored.put) for item in items}
            stored.flush()
        self._probed |= found
        return ()

    def _probe(self, wanted: Wanted, keep: Keep) -> Probed:
        return probe(self._blobs, wanted, self._decoder, self._faces, keep=keep)

    def close(self) -> UnitOutputs:
        """See `UnitWork`."""
        if not self._probed:
            return UnitOutputs(outputs=None)
        rows = [(probe_key(parse_wanted(item)), _row(found)) for item, found in sorted(self._probed.items())]
        shard = write_shard(self._blobs, rows)
        pictures = (part for found in self._probed.values() for part in found if isinstance(part, Picture))
        stored = {digest for picture in pictures for digest in picture.blobs}
        return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest, *sorted(stored)])


def probe(blobs: Blobs, wanted: Wanted, decoder: Decoder, faces: FaceFinder, *, keep: Keep) -> Probed:
    """What the file with these bytes is: its pictures; where it is damaged further on, why they are no more.

    What is made of them goes to `keep`.

    Raises:
        NotFoundError, CorruptionError: the blob is not there, or damaged.
    """
    size_bytes = blobs.size_bytes(wanted.digest)
    if size_bytes > MAX_FILE_BYTES:
        detail = f"{size_bytes} bytes; at most {MAX_FILE_BYTES} are read"
        return (NoPicture(reason="too_large", detail=detail),)
    if not size_bytes:
        return (NoPicture(reason="not_an_image", detail="the file is empty"),)
    data = blobs.get(wanted.digest)
    parts: list[Probe] = []
    try:
        for found in decoder.decode(data, wanted.decoding):
            face = faces.find(found.rendition or data) if wanted.decoding.with_face else None
            parts.append(_stored(found, face, keep))
    except BrokenPictureError as error:
        part = parts[-1].part + 1 if parts else 0
        parts.append(NoPicture(reason=error.reason, detail=error.detail, part=part))
    return tuple(parts)


def probe_key(wanted: Wanted) -> Digest:
    """What a probe is remembered by."""
    inputs = {**probe_inputs(wanted.decoding), "source": wanted.digest}
    return compute_key(PROBE_KIND, PROBE_REVISION, inputs)


def _stored(found: Decoded, face: Face | None, keep: Keep) -> Picture:
    return Picture(
        format=found.format,
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        rendition=None if found.rendition is None else keep(found.rendition),
        face=face,
        part=found.part,
        trimmed=found.trimmed,
        mask=None if found.mask is None else keep(found.mask),
        thumbnail=keep(found.thumbnail),
        phash=found.phash,
        dhash=found.dhash,
        sharpness=found.sharpness,
    )


def _row(found: Probed) -> Tensor:
    data = encode_probe(found)
    return Tensor(dtype="U8", shape=(len(data),), data=data)
