"""Plans and finalises `encoder.latents`: which crops of a snapshot have no latents yet, and where all are."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bakehouse.base_model import load_base_model
from bakehouse.cache.once import Locations, Once
from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.spec import parse_spec
from services.encoder.crops import KIND, PlacedCrop, read_crops
from services.encoder.domain.crop import Crop, cut_units
from services.encoder.manifests import Outcome, Row, load_input, outcome_of, save_table
from services.encoder.specs import LatentsSpec
from services.encoder.units import LATENT_WIRE

SNAPSHOT = "snapshot"
TABLES = ("samples", "buckets")

_CHUNK_ITEMS = 65_536


def plan(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """Add every crop whose latents are not known to `plan`.

    Raises:
        InvalidInputError: spec or snapshot are wrong, or the model can't take a bucket's size.
        NotFoundError: the base model is not registered.
    """
    spec = parse_spec(LatentsSpec, request.spec, what="latents")
    model = load_base_model(request.blobs, spec.base_model)
    _, snapshot = load_input(request.blobs, request.inputs, SNAPSHOT, tables=TABLES)
    num_crops = snapshot.tables["buckets"].num_rows
    if not num_crops:
        raise InvalidInputError("no picture of the snapshot is kept; its samples say why", field=SNAPSHOT)
    once: Once[Crop] = Once(
        request.blobs, kind=KIND, encoder=model.components["vae"], scratch=request.scratch
    )
    crops = (placed.crop for placed in read_crops(request.blobs, snapshot, model, spec))
    missing = once.misses((crop.key, crop) for crop in crops)
    for unit in cut_units(missing, unit_items=request.sizing.unit_items(num_crops)):
        plan.add_unit(LATENT_WIRE.encode(unit), num_items=sum(map(len, unit.batches)))
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})


def finalise(request: FinaliseRequest) -> Json:
    """Write the table `latents`, and let later jobs find what this one computed.

    Raises:
        StateError: no picture could be encoded.
        BakehouseError: something that the plan found is gone or damaged.
    """
    spec = parse_spec(LatentsSpec, request.spec, what="latents")
    model = load_base_model(request.blobs, spec.base_model)
    parent, snapshot = load_input(request.blobs, request.inputs, SNAPSHOT, tables=TABLES)
    outcome = outcome_of(request.results)
    once: Once[Crop] = Once(
        request.blobs, kind=KIND, encoder=model.components["vae"], scratch=request.scratch
    )
    context: Any = request.plan.context
    locations = once.locate(context["hits"], outcome.computed)
    rows = _rows(read_crops(request.blobs, snapshot, model, spec), locations, outcome)
    result = save_table(request, "latents", rows, outcome, parent=parent)
    once.publish(outcome.computed)
    return result


def _rows(crops: Iterable[PlacedCrop], locations: Locations, outcome: Outcome) -> Iterator[Row]:
    remaining = iter(crops)
    while chunk := list(islice(remaining, _CHUNK_ITEMS)):
        found = locations.find(placed.crop.key for placed in chunk)
        for placed, entry in zip(chunk, found, strict=True):
            where: Row = {"sample_id": placed.sample_id, "draw": placed.draw}
            yield where | outcome.place(placed.crop.key, entry)
