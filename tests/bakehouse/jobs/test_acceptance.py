from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import NotFoundError
from bakehouse.jobs.acceptance import Verifier, read_accepted
from bakehouse.jobs.results import AttemptRef, Results, UnitResult

PLAN = digest_bytes(b"plan")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


def result(unit: int, attempt: str = "0123456789ab") -> UnitResult:
    return UnitResult(job="j", plan=PLAN, unit=unit, attempt=attempt, num_done=1)


async def test_a_whole_result_verifies(blobs: Blobs) -> None:
    shard = blobs.put(b"shard")
    Results(blobs, PLAN).write(replace(result(0), blobs=(shard,)))
    (verified,) = await Verifier(blobs, PLAN, "j").verify([AttemptRef(unit=0, attempt="0123456789ab")])
    assert verified is not None
    assert verified.result.blobs == (shard,)


async def test_a_result_whose_blob_is_missing_does_not(blobs: Blobs) -> None:
    Results(blobs, PLAN).write(replace(result(0), blobs=(digest_bytes(b"gone"),)))
    attempts = [AttemptRef(unit=0, attempt="0123456789ab"), AttemptRef(unit=1, attempt="0123456789ab")]
    assert await Verifier(blobs, PLAN, "j").verify(attempts) == [None, None]


async def test_fixed_attempts_are_read_in_the_order_of_units(blobs: Blobs) -> None:
    results, verifier = Results(blobs, PLAN), Verifier(blobs, PLAN, "j")
    for unit in (2, 0, 1):
        results.write(result(unit))
        results.write(result(unit, "ffffffffffff"))
    (known,) = await verifier.verify([AttemptRef(unit=1, attempt="ffffffffffff")])
    assert known is not None
    accepted = await verifier.fix({1: known.accepted}, 3)
    found = list(read_accepted(blobs, PLAN, accepted))
    assert [(r.unit, r.attempt[0]) for r in found] == [(0, "0"), (1, "f"), (2, "0")]


async def test_a_unit_without_a_result_can_not_be_fixed(blobs: Blobs) -> None:
    Results(blobs, PLAN).write(result(0))
    with pytest.raises(NotFoundError, match=r"units \[1\] vanished"):
        await Verifier(blobs, PLAN, "j").fix({}, 2)
