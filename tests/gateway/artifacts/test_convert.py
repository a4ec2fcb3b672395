"""Artifacts as messages."""

from datetime import UTC, datetime

import pytest

from bakehouse.base_model import BaseModel
from bakehouse.errors import InvalidInputError
from bakehouse.rpc.paging import PageTokens
from bakehouse.v1.job_pb2 import Job
from gateway.artifacts.artifacts import RegisteredModel, TrainingRun
from gateway.artifacts.convert import (
    adapter_message,
    adapters_parent,
    base_model_message,
    dataset_message,
    run_message,
    snapshot_message,
)
from gateway.artifacts.listing import Artifact, ArtifactListing
from gateway.pipelines.listing import Dataset
from tests.gateway.bakes import PICS, digest, job, running

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIME = "2026-01-01T00:00:09.000+00:00"
BLOBS = "projects/p/blobs/"


def test_a_dataset() -> None:
    message = dataset_message(Dataset(project="p", id="Pics_1", listing=PICS, pipeline="b", time=TIME))
    assert (message.name, message.listing) == ("projects/p/datasets/Pics_1", BLOBS + PICS)
    assert message.pipeline == "projects/p/pipelines/b"


def test_a_snapshot_and_an_adapter() -> None:
    listing = ArtifactListing(PageTokens(b"k" * 32))
    for stage in ("snapshot", "train"):
        listing.note(job(stage))
    snapshot, adapter = (
        listing.snapshot("p", digest("snapshot content")),
        listing.adapter("p", digest("adapter 1")),
    )
    assert snapshot is not None
    assert adapter is not None
    shown = snapshot_message(snapshot)
    assert shown.name == f"projects/p/snapshots/{digest('snapshot content')}"
    assert (shown.manifest, shown.counts["kept"]) == (BLOBS + digest("snapshot blob"), 2)
    file = adapter_message(adapter)
    assert (file.name, file.blob) == (
        f"projects/p/adapters/{digest('adapter 1')}",
        BLOBS + digest("adapter 1"),
    )
    assert (file.training_run, file.epoch, file.is_last) == ("projects/p/trainingRuns/b-train", 1, False)


def test_a_base_model() -> None:
    names = ("vae", "text_encoder", "tokenizer", "denoiser", "scheduler")
    model = BaseModel(
        family="sd15",
        layout="single",
        files=PICS,
        alignment=16,
        latent_channels=4,
        vae_factor=8,
        components={name: digest(name) for name in names},
    )
    made = Artifact(project="shared", id=digest("model"), job="b-register", time=TIME)
    message = base_model_message(RegisteredModel(made=made, model=model))
    assert message.name == f"projects/shared/baseModels/{digest('model')}"
    assert (message.family, message.layout, message.alignment) == ("sd15", "single", 16)
    assert (message.listing, message.components["vae"]) == (f"projects/shared/blobs/{PICS}", digest("vae"))


def test_a_training_run() -> None:
    message = run_message(TrainingRun(job=job("train")), now=NOW)
    assert (message.name, message.pipeline, message.job) == (
        "projects/p/trainingRuns/b-train",
        "projects/p/pipelines/b",
        "projects/p/jobs/b-train",
    )
    assert (message.losses, message.seed, len(message.adapters)) == (BLOBS + digest("losses"), "42", 2)
    assert message.HasField("end_time")
    alone = run_message(TrainingRun(job=job("train", request="somebody's own")), now=NOW)
    assert alone.pipeline == ""


def test_a_run_that_is_at_work_has_given_nothing_yet() -> None:
    message = run_message(TrainingRun(job=running("train")), now=NOW)
    assert (message.state, message.losses) == (Job.STATE_RUNNING, "")
    assert not message.HasField("end_time")


def test_adapters_belong_to_a_project_or_a_run() -> None:
    assert adapters_parent("projects/p").id == "p"
    assert adapters_parent("projects/p/trainingRuns/b-train").id == "b-train"
    with pytest.raises(InvalidInputError, match="parent"):
        adapters_parent("projects/p/jobs/b-train")
