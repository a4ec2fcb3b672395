"""The whole of the baking, two steps of each model."""

import json
from pathlib import Path

import pytest

from demo.bake_models.__main__ import Lengths, main
from demo.bake_models.records import FILE_NAME
from demo.places import BASE, TAGGER, WEIGHTS
from demo.sampling import load_pipeline, sample
from demo.tagging import Tagger


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    weights = tmp_path_factory.mktemp("weights")
    main(["all", "--short", "--weights", str(weights)])
    return weights


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_is_baked_is_what_is_committed(baked: Path) -> None:
    assert files_in(baked) == files_in(WEIGHTS)
    for name in files_in(WEIGHTS):
        if name.endswith(("config.json", "model_index.json", "tokenizer.json", ".csv")) and "vae" not in name:
            assert (baked / name).read_bytes() == (WEIGHTS / name).read_bytes(), name


def test_what_is_baked_works(baked: Path) -> None:
    (picture,) = sample(load_pipeline(baked / BASE.name), ["star"], (64, 64), seed=1)
    assert Tagger(baked / TAGGER.name).scores([picture]).shape[0] == 1


def test_the_record_is_of_the_weights_that_are_committed(baked: Path) -> None:
    lengths = Lengths()
    steps = {"tagger": lengths.tagger, "vae": lengths.vae, "base": sum(stage.steps for stage in lengths.base)}
    record = json.loads((WEIGHTS / FILE_NAME).read_text())
    short = json.loads((baked / FILE_NAME).read_text())
    assert {model: told["losses"][-1]["step"] for model, told in record.items()} == steps
    for model, told in record.items():
        assert told["num_parameters"] == short[model]["num_parameters"]
        assert told["seconds"] > 60
        assert told["machine"].startswith("Linux")
