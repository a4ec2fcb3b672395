from pathlib import Path

import pytest
import torch

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from services.trainer.adapters.checkpoints import StoredCheckpoints
from services.trainer.progress import Checkpoint, Progress


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path)
    store.create()
    return Blobs(store, "p")


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint(progress=Progress(step=step), tensors={"parameter/a": torch.full((2,), float(step))})


def names(blobs: Blobs) -> list[str]:
    found = blobs.store.list("p/checkpoints/plan/")
    return [(info if isinstance(info, str) else info.key).rsplit("/", 1)[1] for info in found]


def test_the_newest_comes_back(blobs: Blobs) -> None:
    checkpoints = StoredCheckpoints(blobs, "plan", "job")
    assert checkpoints.newest() is None
    for step in (2, 10):
        checkpoints.save(checkpoint(step))
    found = checkpoints.newest()
    assert found is not None
    assert found.progress.step == 10
    assert found.tensors["parameter/a"].tolist() == [10.0, 10.0]


def test_two_are_kept(blobs: Blobs) -> None:
    for step in (1, 2, 3):
        StoredCheckpoints(blobs, "plan", "job").save(checkpoint(step))
    assert [name[:13] for name in names(blobs)] == ["step-00000002", "step-00000003"]


def test_a_late_writer_takes_nothing_newer_away(blobs: Blobs) -> None:
    for step in (5, 6, 1):
        StoredCheckpoints(blobs, "plan", "job").save(checkpoint(step))
    assert [name[:13] for name in names(blobs)] == ["step-00000001", "step-00000005", "step-00000006"]


def test_a_damaged_one_is_passed_over(blobs: Blobs) -> None:
    checkpoints = StoredCheckpoints(blobs, "plan", "job")
    for step in (1, 2):
        checkpoints.save(checkpoint(step))
    blobs.store.put(f"p/checkpoints/plan/{names(blobs)[-1]}", [b"half"], size_bytes=4)
    found = checkpoints.newest()
    assert found is not None
    assert found.progress.step == 1


def test_the_same_again_is_the_same_object(blobs: Blobs) -> None:
    for _ in range(2):
        StoredCheckpoints(blobs, "plan", "job").save(checkpoint(1))
    assert len(names(blobs)) == 1


def test_a_wish_to_stop_is_seen_within_a_second_and_forgotten(blobs: Blobs) -> None:
    now = [0.0]
    checkpoints = StoredCheckpoints(blobs, "plan", "job", clock=lambda: now[0])
    assert not checkpoints.stop_is_asked()
    blobs.store.put("p/checkpoints/plan/stop", [b"job"], size_bytes=3)
    assert not checkpoints.stop_is_asked()
    now[0] = 1.0
    assert checkpoints.stop_is_asked()
    checkpoints.forget_stop()
    assert names(blobs) == []


def test_a_wish_that_another_job_stop_is_not_ours(blobs: Blobs) -> None:
    blobs.store.put("p/checkpoints/plan/stop", [b"other"], size_bytes=5)
    assert not StoredCheckpoints(blobs, "plan", "job").stop_is_asked()
