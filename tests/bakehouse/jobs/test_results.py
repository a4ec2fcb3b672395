from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, NotFoundError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.results import AttemptRef, Results, UnitResult, new_attempt

PLAN = digest_bytes(b"plan")
RESULT = UnitResult(job="j", plan=PLAN, unit=3, attempt="0123456789ab", num_done=2, outputs={"rows": 2})


@pytest.fixture
def results(tmp_path: Path) -> Results:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Results(Blobs(store, "p"), PLAN)


def test_a_result_comes_back(results: Results) -> None:
    digest = results.write(RESULT)
    assert results.read(3, RESULT.attempt, expected=digest) == RESULT
    assert results.digest_of(RESULT) == digest


def test_another_than_the_accepted_one_is_refused(results: Results) -> None:
    results.write(RESULT)
    with pytest.raises(CorruptionError, match="00003-0123456789ab is not what its writer wrote"):
        results.read(3, RESULT.attempt, expected=PLAN)


def test_a_result_under_a_foreign_key_is_refused(results: Results, tmp_path: Path) -> None:
    results.write(RESULT)
    folder = tmp_path / "store/p/results" / PLAN
    (folder / "00003-0123456789ab").rename(folder / "00004-0123456789ab")
    with pytest.raises(CorruptionError, match="speaks of unit 3"):
        results.read(4, RESULT.attempt)


def test_a_missing_result(results: Results) -> None:
    with pytest.raises(NotFoundError):
        results.read(0, new_attempt())


def test_attempts_are_listed_by_unit(results: Results) -> None:
    for unit in (10, 2):
        results.write(replace(RESULT, unit=unit))
    results.write(replace(RESULT, unit=2, attempt="ffffffffffff"))
    assert [ref.unit for ref in results.list()] == [2, 2, 10]
    assert list(results.list(10)) == [AttemptRef(unit=10, attempt=RESULT.attempt)]


def test_another_job_takes_it_unless_a_failure_might_be_mended() -> None:
    def failing(failure_class: FailureClass) -> UnitResult:
        return replace(RESULT, failures=(ItemFailure(item="i", failure_class=failure_class, reason="r"),))

    assert RESULT.serves("another")
    assert failing(FailureClass.INPUT).serves("another")
    assert not failing(FailureClass.CRASH).serves("another")
    assert failing(FailureClass.CRASH).serves("j")


def test_what_was_cut_short_is_for_nobody_else() -> None:
    cut = replace(RESULT, is_cut_short=True)
    assert cut.serves(RESULT.job)
    assert not cut.serves("another")
