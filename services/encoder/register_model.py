"""Plans and finalises `encoder.register`: a base model's files in, its description out. Each listing once."""

import json
from typing import Any

from bakehouse.base_model import parse_base_model, save_base_model, shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import compute_key
from bakehouse.cache.once import Once
from bakehouse.cache.shards import ShardReader
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, NotFoundError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.models.files import check_layout, parse_listing
from bakehouse.spec import parse_spec
from services.encoder.manifests import outcome_of
from services.encoder.specs import RegisterSpec
from services.encoder.units import REGISTER_WIRE, RegisterUnit

KIND = "base-model"
DESCRIPTION_REVISION = 1  # of reading a model and saying what it is

_READER = digest_bytes(b"bakehouse.models")  # an index is of one encoder; here that is the reading itself


def plan(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """One unit, unless these files were described before.

    Raises:
        InvalidInputError: the listing is none of a base model; a pickle is refused.
        NotFoundError: the listing or a file of it was not uploaded.
    """
    spec = parse_spec(RegisterSpec, request.spec, what="register")
    _check_files(shared_blobs(request.blobs), spec.files)
    unit = RegisterUnit(key=_key(spec), files=spec.files)
    once = _once(request.blobs, request)
    for missing in once.misses([(unit.key, unit)]):
        plan.add_unit(REGISTER_WIRE.encode(missing), num_items=1)
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})


def finalise(request: FinaliseRequest) -> Json:
    """Store the description in `shared`; its digest is the base model."""
    spec = parse_spec(RegisterSpec, request.spec, what="register")
    outcome = outcome_of(request.results)
    once = _once(request.blobs, request)
    context: Any = request.plan.context
    (entry,) = once.locate(context["hits"], outcome.computed).find([_key(spec)])
    if entry is None:
        raise CorruptionError(f"the model {spec.files} has no description; register it again")
    model = parse_base_model(json.loads(ShardReader(request.blobs).read(entry).data))
    digest = save_base_model(request.blobs, model)
    once.publish(outcome.computed)
    return {"base_model": digest, "family": model.family, "layout": model.layout}


def _check_files(shared: Blobs, listing: Digest) -> None:
    try:
        files = parse_listing(shared.get(listing))
    except NotFoundError as error:
        raise NotFoundError(f"listing {listing} is not in the project shared; upload the model") from error
    check_layout(files)
    for file in files:
        if not shared.has(file.digest):
            raise NotFoundError(f"{file.name} is not in the project shared; upload it ({file.digest})")


def _key(spec: RegisterSpec) -> Digest:
    return compute_key(KIND, DESCRIPTION_REVISION, {"files": spec.files})


def _once(blobs: Blobs, request: PlanRequest | FinaliseRequest) -> Once[RegisterUnit]:
    return Once(blobs, kind=KIND, encoder=_READER, scratch=request.scratch)
