from collections.abc import Sequence
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import UnavailableError
from bakehouse.jobs.late_runner import LateRunner
from bakehouse.jobs.stage import UnitRequest
from tests.toy.runner import ToyRunner


class Workshop:
    """Makes toy runners, after these refusals."""

    def __init__(self, *refusals: Exception) -> None:
        self.num_made = 0
        self._refusals: Sequence[Exception] = refusals

    def make(self) -> ToyRunner:
        if self._refusals:
            error, *self._refusals = self._refusals
            raise error
        self.num_made += 1
        return ToyRunner()


@pytest.fixture
def request_(tmp_path: Path) -> UnitRequest:
    return UnitRequest(
        kind="toy.bake",
        spec={},
        blobs=Blobs(DirectoryStore(tmp_path), "p"),
        payload=b'{"start": 0, "stop": 2}',
        job="j",
        plan=digest_bytes(b"plan"),
        unit=0,
    )


def test_it_is_made_once_when_a_unit_comes(request_: UnitRequest) -> None:
    workshop = Workshop()
    runner = LateRunner(workshop.make)
    assert workshop.num_made == 0
    assert runner.open(request_).batches == [["i00000000", "i00000001"]]
    runner.open(request_)
    assert workshop.num_made == 1


def test_what_kept_it_from_being_made_is_tried_again(request_: UnitRequest) -> None:
    workshop = Workshop(UnavailableError("not yet"))
    runner = LateRunner(workshop.make)
    with pytest.raises(UnavailableError, match="not yet"):
        runner.open(request_)
    runner.open(request_)
    assert workshop.num_made == 1
