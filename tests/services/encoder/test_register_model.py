import json
from pathlib import Path
from typing import Any

import pytest

from bakehouse.base_model import load_base_model, shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.jobs.failures import ConfigError
from tests.bakehouse.models.tiny_models import copy_without
from tests.services.encoder.bakes import Bench, put_folder
from tests.stage_bench import Job


def job(bench: Bench, folder: Path) -> Job:
    files = put_folder(shared_blobs(bench.blobs), folder)
    return Job(kind="encoder.register", spec={"files": files}, inputs={})


def test_a_folder_and_a_single_file_are_registered_alike(bench: Bench, folder: Path, single: Path) -> None:
    one = load_base_model(bench.blobs, bench.register(folder))
    two = load_base_model(bench.blobs, bench.register(single))
    assert one.components == two.components
    assert (one.layout, two.layout) == ("diffusers", "single")


def test_the_same_files_are_read_once(bench: Bench, folder: Path) -> None:
    first, result = bench.bake(job(bench, folder))
    again, same = bench.bake(job(bench, folder))
    assert (first.header.num_items, again.header.num_items, again.header.num_hits) == (1, 0, 1)
    assert same == result


def test_the_description_is_found_from_another_project(bench: Bench, folder: Path) -> None:
    digest = bench.register(folder)
    assert load_base_model(Blobs(bench.blobs.store, "other"), digest).alignment == 16


def test_a_pickle_is_refused_when_it_is_planned(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.ckpt").write_bytes(b"pickle")
    with pytest.raises(InvalidInputError, match=r"model\.ckpt is a pickle checkpoint, which is refused"):
        bench.plan(job(bench, tmp_path / "m"))


def test_a_listing_that_is_not_there_is_said(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="is not in the project shared; upload the model"):
        bench.plan(Job(kind="encoder.register", spec={"files": "0" * 64}, inputs={}))


def test_a_file_that_was_not_uploaded_is_named(bench: Bench, folder: Path) -> None:
    wanted = job(bench, folder)
    spec: Any = wanted.spec
    shared = shared_blobs(bench.blobs)
    line = json.loads(shared.get(Digest(spec["files"])).splitlines()[0])
    shared.store.delete([f"shared/blobs/sha256/{line['digest'][:2]}/{line['digest']}"])
    with pytest.raises(NotFoundError, match=f"{line['name']} is not in the project shared; upload it"):
        bench.plan(wanted)


def test_a_missing_component_fails_the_job_by_name(bench: Bench, folder: Path, tmp_path: Path) -> None:
    planned = bench.plan(job(bench, copy_without(folder, tmp_path / "m", "vae")))
    work = bench.runner.open(bench.request(planned, 0))
    with pytest.raises(ConfigError, match="the model lacks its vae/"):
        work.run(work.batches[0])
