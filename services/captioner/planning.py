"""Plans `captioner.tag`: which pictures a tagger of these weights has not looked at yet, cut into units."""

from itertools import islice

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Once
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import PlanRequest, PlanSummary
from bakehouse.spec import parse_spec
from services.captioner.domain.captioning import TagSpec
from services.captioner.keys import KIND, KeyedPicture, keyed_pictures
from services.captioner.snapshot import load_snapshot, num_kept, read_samples
from services.captioner.tagger import SHARED, read_tags, tagger_files
from services.captioner.unit import BATCH_ITEMS, UNIT_WIRE, TagUnit


def plan_tags(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """Add every picture that needs scores and has none to `plan`.

    Raises:
        InvalidInputError: the spec, the snapshot or the tagger's folder is wrong.
        NotFoundError: the tagger is not in the project `shared`.
    """
    spec = parse_spec(TagSpec, request.spec, what="captions")
    shared = Blobs(request.blobs.store, SHARED)
    files = tagger_files(shared, spec.tagger)
    num_tags = len(read_tags(shared, files))
    _, snapshot = load_snapshot(request.blobs, request.inputs)
    pictures = (
        sample.picture
        for sample in read_samples(request.blobs, snapshot)
        if sample.needs_tags(spec.captioning_of(sample.entry))
    )
    once: Once[KeyedPicture] = Once(request.blobs, kind=KIND, encoder=files.model, scratch=request.scratch)
    missing = once.misses((keyed.key, keyed) for keyed in keyed_pictures(files, pictures))
    unit_items = request.sizing.unit_items(num_kept(snapshot), multiple_of=BATCH_ITEMS)
    while chunk := tuple(islice(missing, unit_items)):
        unit = TagUnit(model=files.model, num_tags=num_tags, pictures=chunk)
        plan.add_unit(UNIT_WIRE.encode(unit), num_items=len(chunk))
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})
