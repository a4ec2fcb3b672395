"""The whole demo: in short, with four steps of training and two pictures a figure, and as it is."""

from pathlib import Path

import pytest
import yaml

from demo.__main__ import main, run_demo
from demo.baking import RECIPE
from demo.places import BASE, TAGGER
from tests.demo.report.test_page import Checker

SHORT = {
    "max_train_steps": 4,
    "lr_warmup_steps": 0,
    "save_every_n_epochs": None,
    "sample_every_n_epochs": None,
    "sample_steps": 2,
}


def short_recipe(path: Path) -> Path:
    document = yaml.safe_load(RECIPE.read_text())
    training = {name: value for name, value in (document["training"] | SHORT).items() if value is not None}
    captioning = document["captioning"] | {"tagger": str(TAGGER)}
    changed = {"base_model": str(BASE), "captioning": captioning, "training": training}
    path.write_text(yaml.safe_dump(document | changed))
    return path


@pytest.mark.faults  # three quarters of a minute: a studio of its own, and processes that judge
def test_it_leaves_all_that_it_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    run_demo(out, num_samples=2, seed=1, recipe_file=short_recipe(tmp_path / "recipe.yaml"))
    left = {path.name for path in out.iterdir()}
    assert left == {"pictures", "zobkin.safetensors", "grid.png", "loss.svg", "report.html"}
    lines = capsys.readouterr().out.splitlines()
    assert sum(" asked " in line for line in lines) == 6
    assert lines[-1].startswith("all of it in ")
    page = Checker()
    page.feed((out / "report.html").read_text())
    for word in ("judge", "concept: 22 pictures", "prior: 41 pictures", "the file is cut off", "before"):
        assert word in page.text


@pytest.mark.faults  # three minutes: the demo
def test_every_figure_is_as_good_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path / "out")])
    lines = [line for line in capsys.readouterr().out.splitlines() if " asked " in line]
    assert len(lines) == 6
    assert [line for line in lines if "MISSED" in line] == []
