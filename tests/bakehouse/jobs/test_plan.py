import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.jobs.plan import PART_BYTES, PlanFor, PlanningStoppedError, PlanReader, PlanWriter
from bakehouse.jobs.units import MAX_UNITS

PURPOSE = PlanFor(kind="toy.bake", spec=digest_bytes(b"{}"))


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


def writer(blobs: Blobs, stop: threading.Event | None = None) -> PlanWriter:
    return PlanWriter(blobs, PURPOSE, stop=stop or threading.Event())


def test_units_come_back_in_order_over_many_parts(blobs: Blobs) -> None:
    plan = writer(blobs)
    size = PART_BYTES // 3 + 1
    payloads = [bytes([n]) * size for n in range(8)]
    for n, payload in enumerate(payloads):
        plan.add_unit(payload, num_items=n + 1)
    digest, header = plan.finish(num_hits=5, context={"index": "x"})
    assert (len(header.parts), header.num_units, header.num_items, header.num_hits) == (3, 8, 36, 5)
    reader = PlanReader(blobs)
    assert reader.header(digest) == header
    for n in (7, 0, 3, 2):
        unit = reader.unit(digest, n)
        assert (unit.payload, unit.num_items) == (payloads[n], n + 1)


def test_the_same_units_are_the_same_plan(blobs: Blobs) -> None:
    def made() -> str:
        plan = writer(blobs)
        plan.add_unit(b"a", num_items=1)
        return plan.finish()[0]

    assert made() == made()


def test_another_spec_is_another_plan(blobs: Blobs) -> None:
    purposes = [
        PURPOSE,
        replace(PURPOSE, spec=digest_bytes(b"")),
        replace(PURPOSE, kind="toy.other"),
    ]
    plans = {PlanWriter(blobs, purpose, stop=threading.Event()).finish()[0] for purpose in purposes}
    assert len(plans) == 3


def test_an_empty_plan(blobs: Blobs) -> None:
    digest, header = writer(blobs).finish()
    assert (header.num_units, header.parts) == (0, ())
    with pytest.raises(InvalidInputError, match="unit 0 of plan"):
        PlanReader(blobs).unit(digest, 0)


def test_a_plan_has_a_limit_and_no_empty_units(blobs: Blobs) -> None:
    plan = writer(blobs)
    with pytest.raises(InvalidInputError, match="without items"):
        plan.add_unit(b"", num_items=0)
    for _ in range(MAX_UNITS):
        plan.add_unit(b"", num_items=1)
    with pytest.raises(InvalidInputError, match="more than 50000 units"):
        plan.add_unit(b"", num_items=1)


def test_a_planner_that_nobody_wants_is_stopped(blobs: Blobs) -> None:
    stop = threading.Event()
    plan = writer(blobs, stop)
    stop.set()
    with pytest.raises(PlanningStoppedError):
        plan.add_unit(b"a", num_items=1)


def test_a_flipped_byte_in_a_payload_is_found(blobs: Blobs, tmp_path: Path) -> None:
    plan = writer(blobs)
    plan.add_unit(b"payload", num_items=1)
    digest, header = plan.finish()
    blob = header.parts[0].blob
    path = tmp_path / "store" / "p/blobs/sha256" / blob[:2] / blob
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[:-1] + b"X")
    with pytest.raises(CorruptionError, match=f"unit 0 of plan .* blob {blob}"):
        PlanReader(blobs).unit(digest, 0)


def test_a_blob_that_is_no_plan_is_refused(blobs: Blobs) -> None:
    digest = blobs.put(b'{"schema":1}')
    with pytest.raises(CorruptionError, match="no plan"):
        PlanReader(blobs).header(digest)
    assert digest == digest_bytes(b'{"schema":1}')
