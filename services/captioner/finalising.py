"""Finalises `captioner.tag`: the snapshot's captions, edited by what the tagger saw. It computes no score."""

from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.computed import computed_by
from bakehouse.cache.once import Once
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.reasons import count_reasons
from bakehouse.manifest.schema import KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from bakehouse.spec import parse_spec
from services.captioner.caption_rows import Captions, StoredScores
from services.captioner.domain.caption import CAPTIONS_REVISION
from services.captioner.domain.captioning import TagSpec
from services.captioner.keys import KIND
from services.captioner.snapshot import load_snapshot, read_samples
from services.captioner.tagger import SHARED, read_tags, tagger_files

STAGE = "captions"

_TABLE = TABLES[STAGE]


def finalise_tags(request: FinaliseRequest) -> Json:
    """Write the captions table and its manifest, and let later jobs find the scores.

    Raises:
        BakehouseError: something that the plan found is gone or damaged.
    """
    spec, blobs = parse_spec(TagSpec, request.spec, what=STAGE), request.blobs
    files = tagger_files(Blobs(blobs.store, SHARED), spec.tagger)
    tags = read_tags(Blobs(blobs.store, SHARED), files)
    parent, snapshot = load_snapshot(blobs, request.inputs)
    computed = computed_by(request.results)
    once: Once[None] = Once(blobs, kind=KIND, encoder=files.model, scratch=request.scratch)
    context: Any = request.plan.context
    scores = StoredScores(blobs, once.locate(context["hits"], computed.entries), num_tags=len(tags))
    captions = Captions(spec, files, tags, scores, computed.failures.values())
    before = snapshot.tables.get(STAGE, TableRef(key=_TABLE.key, columns=_TABLE.columns))
    table = TableWriter(blobs, scratch=request.scratch).edit(
        _TABLE,
        before,
        upserts=(
            batch
            for rows in captions.written(read_samples(blobs, snapshot))
            for batch in row_batches(_TABLE, rows)
        ),
        deletes=captions.replaced(read_samples(blobs, snapshot)),
    )
    once.publish(computed.entries)
    manifest = Manifest(
        stage=STAGE,
        revision=CAPTIONS_REVISION,
        spec=canonical_digest(request.spec),
        parents=(parent,),
        tables={STAGE: table},
    )
    ref = save_manifest(blobs, manifest)
    return {"manifest": {"blob": ref.blob, "content": ref.content}, "counts": _counts(blobs, table)}


def _counts(blobs: Blobs, table: TableRef) -> dict[str, int]:
    out = {f"{found.state}.{found.reason}": found.num_rows for found in count_reasons(blobs, table)}
    return {KEPT: table.states.get(KEPT, 0), **out}
