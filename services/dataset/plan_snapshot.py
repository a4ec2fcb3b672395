"""Plans a snapshot: which files of its listings were never probed, cut into units."""

from collections.abc import Iterable, Iterator
from itertools import islice

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import KeyFormat
from bakehouse.cache.once import Once
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import PlanRequest, PlanSummary
from services.dataset.domain.decoding import DECODE_DIGEST, PLAIN, Decoding
from services.dataset.domain.entry_rules import require_trainable
from services.dataset.domain.listing import ListedImage, MissingFile, group_images, read_listing
from services.dataset.domain.probe import PROBE_KIND, PROBE_REVISION, Wanted, probe_inputs
from services.dataset.entries import Entry, parse_snapshot

_CHUNK_ITEMS = 4096


def plan_snapshot(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """Cut the files that are not known into units, in the order of the listings.

    Raises:
        InvalidInputError: the spec is wrong, a listing is none, or an entry has no picture.
        NotFoundError: a listing is not there.
    """
    spec = parse_snapshot(request.spec)
    for entry in spec.entries:
        require_trainable(entry.spec)
    once: Once[str] = Once(request.blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=request.scratch)
    most = sum(_num_lines(request.blobs, entry) for entry in spec.entries)
    size = request.sizing.unit_items(most, is_shared=True)
    missing = once.misses(_keyed(request.blobs, spec.entries))
    while unit := list(islice(missing, size)):
        payload: Json = [*unit]
        plan.add_unit(canonical_bytes(payload), num_items=len(unit))
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})


def images_of(blobs: Blobs, entry: Entry) -> Iterator[ListedImage | MissingFile]:
    """The pictures that an entry lists, by their names, and those that could not be had.

    Raises:
        InvalidInputError: its listing is none.
        NotFoundError: its listing is not there.
    """
    files = read_listing(_opened(blobs, entry), what=f"dataset {entry.spec.id}")
    return group_images(files, caption_extension=entry.spec.caption_extension)


def probe_keys(digests: Iterable[Digest], decoding: Decoding = PLAIN) -> Iterator[Digest]:
    """What the probes of these bytes are remembered by, as `probe_key` gives it one by one."""
    inputs = probe_inputs(decoding)
    format_ = KeyFormat(PROBE_KIND, PROBE_REVISION, constants=inputs, columns=["source"])
    return format_.keys({"source": digests})


def _keyed(blobs: Blobs, entries: Iterable[Entry]) -> Iterator[tuple[Digest, str]]:
    for entry in entries:
        images = (image for image in images_of(blobs, entry) if isinstance(image, ListedImage))
        is_empty, decoding = True, entry.decoding
        while digests := [image.file.digest for image in islice(images, _CHUNK_ITEMS)]:
            is_empty = False
            items = [Wanted(digest=digest, decoding=decoding).item for digest in digests]
            yield from zip(probe_keys(digests, decoding), items, strict=True)
        if is_empty:
            raise InvalidInputError(
                f"dataset {entry.spec.id}: no pictures in its folder; name one with PNG or JPEG files",
                field="listing",
            )


def _num_lines(blobs: Blobs, entry: Entry) -> int:
    return sum(chunk.count(b"\n") for chunk in _opened(blobs, entry))


def _opened(blobs: Blobs, entry: Entry) -> Iterator[bytes]:
    try:
        return blobs.open(entry.listing)
    except NotFoundError as error:
        raise NotFoundError(
            f"dataset {entry.spec.id}: its listing {entry.listing} is not in the project; upload it first"
        ) from error
