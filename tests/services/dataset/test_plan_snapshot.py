from pathlib import Path
from threading import Event

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Once
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import NotFoundError
from bakehouse.jobs.plan import PlanFor, PlanHeader, PlanReader, PlanWriter
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import PlanRequest
from services.dataset.domain.decoding import DECODE_DIGEST, PLAIN, Decoding
from services.dataset.domain.probe import PROBE_KIND, Wanted
from services.dataset.plan_snapshot import plan_snapshot, probe_keys
from services.dataset.probe_files import probe_key
from tests.services.dataset.kitchen import put_listing


def planned(blobs: Blobs, scratch: Path, *listings: Digest) -> tuple[Digest, PlanHeader]:
    entries: Json = [{"id": f"e{n}", "listing": listing} for n, listing in enumerate(listings)]
    spec: Json = {"entries": entries}
    request = PlanRequest(
        kind="dataset.snapshot", spec=spec, inputs={}, blobs=blobs, sizing=Sizing(item_s=10), scratch=scratch
    )
    about = PlanFor(kind=request.kind, spec=canonical_digest(spec))
    plan = PlanWriter(blobs, about, stop=Event())
    summary = plan_snapshot(request, plan)
    return plan.finish(num_hits=summary.num_hits, context=summary.context)


def test_keys_of_many_are_those_of_one() -> None:
    digests = [digest_bytes(bytes([n])) for n in range(3)]
    for decoding in (PLAIN, Decoding(with_face=True), Decoding(frames=3, fuzz=2.5)):
        alone = [probe_key(Wanted(digest=digest, decoding=decoding)) for digest in digests]
        assert list(probe_keys(digests, decoding)) == alone


def test_each_content_is_probed_once_and_what_is_known_is_not(blobs: Blobs, tmp_path: Path) -> None:
    row = Tensor(dtype="U8", shape=(1,), data=b"x")
    once: Once[str] = Once(blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=tmp_path)
    once.publish(write_shard(blobs, [(probe_key(Wanted(digest=digest_bytes(b"known"))), row)]).entries)
    one = put_listing(blobs, {"a.png": b"1", "b.png": b"1", "c.png": b"known", "c.txt": b"text"})
    other = put_listing(blobs, {"a.png": b"1", "z.png": b"2", "y.png": b"3"})
    plan, header = planned(blobs, tmp_path, one, other)
    assert (header.num_items, header.num_hits) == (3, 1)
    reader = PlanReader(blobs)
    units = [reader.unit(plan, number).payload for number in range(header.num_units)]
    assert len(units) == 2  # of two items at most, which is what takes 20 s
    assert digest_bytes(b"1").encode() in units[0]


def test_the_same_is_planned_the_same(blobs: Blobs, tmp_path: Path) -> None:
    listing = put_listing(blobs, {f"{n}.png": bytes([n]) for n in range(50)})
    assert planned(blobs, tmp_path, listing) == planned(blobs, tmp_path, listing)


def test_a_listing_that_is_not_there_is_named(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"dataset e0: its listing 000.* upload it first"):
        planned(blobs, tmp_path, Digest("0" * 64))
