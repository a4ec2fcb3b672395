"""Makes PNGs of a snapshot's kept pictures, for tools that take nothing else: `dataset.render`."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.computed import computed_by
from bakehouse.cache.once import Once
from bakehouse.cache.shards import ShardReader
from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.manifest.header import decode_manifest
from bakehouse.manifest.pictures import PICTURE_COLUMNS, picture_digest
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT, SAMPLE_ID, STATE
from bakehouse.spec import parse_spec
from services.dataset.domain.rendering import RENDER_KIND, Rendering
from services.dataset.render_pictures import render_key

_CHUNK_ITEMS = 2048
_INPUT = "snapshot"


def plan_render(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """Cut the pictures that were never made so into units.

    Raises:
        InvalidInputError: the spec is wrong, or there is no snapshot.
        NotFoundError: the snapshot is not there.
    """
    wanted = parse_spec(Rendering, request.spec, what="render")
    once = _once(request.blobs, wanted, request.scratch)
    pictures = [picture for _, picture in _kept(request.blobs, request.inputs)]
    missing = once.misses((render_key(picture, wanted), str(picture)) for picture in pictures)
    size = request.sizing.unit_items(len(pictures))
    while unit := list(islice(missing, size)):
        payload: Json = [*unit]
        plan.add_unit(canonical_bytes(payload), num_items=len(unit))
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})


def finalise_render(request: FinaliseRequest) -> Json:
    """A blob of JSON lines: for each kept sample that has one, its id and its picture's digest."""
    wanted = parse_spec(Rendering, request.spec, what="render")
    once = _once(request.blobs, wanted, request.scratch)
    computed = computed_by(request.results)
    once.publish(computed.entries)
    context: Any = request.plan.context
    places = once.locate(Digest(context["hits"]), computed.entries)
    reader = ShardReader(request.blobs)
    samples = _kept(request.blobs, request.inputs)
    num_pictures = 0
    with NamedTemporaryFile(dir=request.scratch) as file:
        while chunk := list(islice(samples, _CHUNK_ITEMS)):
            found = places.find([render_key(picture, wanted) for _, picture in chunk])
            rows = reader.read_many(place for place in found if place is not None)
            made = [sample for (sample, _), place in zip(chunk, found, strict=True) if place is not None]
            for sample, row in zip(made, rows, strict=True):
                line: Json = {"sample_id": sample, "digest": bytes(row.data).decode()}
                file.write(canonical_bytes(line) + b"\n")
                num_pictures += 1
        file.flush()
        pictures = request.blobs.put_file(Path(file.name))
    return {"pictures": pictures, "counts": {"pictures": num_pictures, "failed": len(computed.failures)}}


def _kept(blobs: Blobs, inputs: Mapping[str, Digest]) -> Iterator[tuple[str, Digest]]:
    """The kept samples of the snapshot, each with its picture."""
    if _INPUT not in inputs:
        raise InvalidInputError("inputs: no snapshot; name its manifest", field="inputs")
    table = decode_manifest(blobs.get(inputs[_INPUT])).tables["samples"]
    reader = TableReader(blobs, table, columns=(STATE, *PICTURE_COLUMNS))
    for batch in reader.batches():
        for row in batch.to_pylist():
            if row[STATE] == KEPT:
                yield row[SAMPLE_ID].hex(), picture_digest(row)


def _once(blobs: Blobs, wanted: Rendering, scratch: Path) -> Once[str]:
    return Once(blobs, kind=RENDER_KIND, encoder=canonical_digest(wanted.inputs()), scratch=scratch)
