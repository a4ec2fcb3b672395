"""Probes files in a worker's child: decodes each, stores its rendition, says what it is."""

import json
from collections.abc import Sequence

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import compute_key
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest
from services.dataset.domain.probe import (
    MAX_FILE_BYTES,
    PROBE_KIND,
    PROBE_REVISION,
    NoPicture,
    Picture,
    Probe,
    Wanted,
    encode_probe,
    parse_wanted,
    probe_inputs,
)
from services.dataset.ports import BrokenPictureError, Decoder, FaceFinder

_BATCH_ITEMS = 8


class ProbeWork:
    """A unit of files, named by the digests of their bytes and by what is to be found out of them."""

    def __init__(self, request: UnitRequest, decoder: Decoder, faces: FaceFinder) -> None:
        self._blobs = request.blobs
        self._decoder = decoder
        self._faces = faces
        self._items: list[str] = json.loads(request.payload)
        self._probes: dict[str, Probe] = {}

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """See `UnitWork`."""
        return [self._items[at : at + _BATCH_ITEMS] for at in range(0, len(self._items), _BATCH_ITEMS)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """See `UnitWork`. That a file is no picture is a result, not a failure."""
        for item in items:
            wanted = parse_wanted(item)
            faces = self._faces if wanted.with_face else None
            self._probes[item] = probe(self._blobs, wanted.digest, self._decoder, faces)
        return ()

    def close(self) -> UnitOutputs:
        """See `UnitWork`."""
        if not self._probes:
            return UnitOutputs(outputs=None)
        rows = [(probe_key(parse_wanted(item)), _row(found)) for item, found in sorted(self._probes.items())]
        shard = write_shard(self._blobs, rows)
        pictures = (found for found in self._probes.values() if isinstance(found, Picture))
        renditions = sorted({found.rendition for found in pictures if found.rendition})
        return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest, *renditions])


def probe(blobs: Blobs, digest: Digest, decoder: Decoder, faces: FaceFinder | None = None) -> Probe:
    """What the file with these bytes is; with `faces`, where its largest face is too.

    Raises:
        NotFoundError, CorruptionError: the blob is not there, or damaged.
    """
    size_bytes = blobs.size_bytes(digest)
    if size_bytes > MAX_FILE_BYTES:
        return NoPicture(reason="too_large", detail=f"{size_bytes} bytes; at most {MAX_FILE_BYTES} are read")
    if not size_bytes:
        return NoPicture(reason="not_an_image", detail="the file is empty")
    data = blobs.get(digest)
    try:
        found = decoder.decode(data)
    except BrokenPictureError as error:
        return NoPicture(reason=error.reason, detail=error.detail)
    picture = data if found.rendition is None else found.rendition
    return Picture(
        format=found.format,
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        rendition=None if found.rendition is None else blobs.put(found.rendition),
        face=None if faces is None else faces.find(picture),
    )


def probe_key(wanted: Wanted) -> Digest:
    """What a probe is remembered by."""
    inputs = {**probe_inputs(with_face=wanted.with_face), "source": wanted.digest}
    return compute_key(PROBE_KIND, PROBE_REVISION, inputs)


def _row(found: Probe) -> Tensor:
    data = encode_probe(found)
    return Tensor(dtype="U8", shape=(len(data),), data=data)
