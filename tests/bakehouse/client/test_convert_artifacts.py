"""Artifacts: from messages to values."""

from bakehouse.client.convert_artifacts import (
    adapter_of,
    base_model_of,
    dataset_of,
    snapshot_of,
    training_run_of,
)
from bakehouse.client.values import JobState
from bakehouse.v1 import artifact_pb2 as pb
from bakehouse.v1.job_pb2 import Job
from bakehouse.v1.pipeline_pb2 import AdapterExport, SetAside
from tests.bakehouse.client.simmering import BLOB, DIGESTS


def test_a_dataset() -> None:
    found = dataset_of(pb.Dataset(name="projects/p/datasets/pics", listing=BLOB + DIGESTS[1], pipeline="x"))
    assert (found.id, found.listing, found.pipeline) == ("pics", DIGESTS[1], "x")


def test_a_snapshot() -> None:
    out = SetAside(dataset="pics", name="a.png", reason="failed.broken", detail="it is cut off")
    message = pb.Snapshot(name="projects/p/snapshots/s", manifest=BLOB + DIGESTS[1], set_aside=[out])
    message.counts["kept"] = 3
    found = snapshot_of(message)
    assert (found.id, found.manifest, found.counts) == ("s", DIGESTS[1], {"kept": 3})
    assert [(one.name, one.detail) for one in found.set_aside] == [("a.png", "it is cut off")]


def test_a_base_model() -> None:
    message = pb.BaseModel(name="projects/shared/baseModels/m", family="sd15", listing=BLOB + DIGESTS[1])
    message.components["vae"] = DIGESTS[2]
    found = base_model_of(message)
    assert (found.id, found.family, found.components) == ("m", "sd15", {"vae": DIGESTS[2]})


def test_a_training_run() -> None:
    message = pb.TrainingRun(name="projects/p/trainingRuns/r", state=Job.STATE_RUNNING)
    running = training_run_of(message)
    assert (running.state, running.seed, running.losses, running.end_time) == (
        JobState.RUNNING,
        None,
        None,
        None,
    )
    message.state, message.seed, message.losses = Job.STATE_SUCCEEDED, str(2**60), BLOB + DIGESTS[1]
    message.adapters.append(AdapterExport(epoch=1, step=5, blob=BLOB + DIGESTS[2]))
    over = training_run_of(message)
    assert (over.seed, over.losses, over.adapters[0].digest) == (2**60, DIGESTS[1], DIGESTS[2])


def test_an_adapter() -> None:
    message = pb.Adapter(name="projects/p/adapters/a", blob=BLOB + DIGESTS[1], epoch=2, step=9, is_last=True)
    found = adapter_of(message)
    assert (found.digest, found.epoch, found.step, found.is_last) == (DIGESTS[1], 2, 9, True)
