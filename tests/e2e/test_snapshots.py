"""Snapshots in a real studio of the dataset service: told, drawn, compared, exported and read back."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from bakehouse.canonical_json import Json
from bakehouse.client.artifact_values import Snapshot
from bakehouse.client.client import Client
from bakehouse.client.export.exporting import ExportWish, export_snapshot
from bakehouse.client.export.places import Layout
from bakehouse.client.pruning import delete, doomed_files
from bakehouse.client.shipping import Shipping
from bakehouse.client.values import JobState
from bakehouse.recipe.datasets import read_datasets
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.recipe import Recipe
from tests.e2e.kitchen import SETTINGS, draw_pictures
from tests.e2e.local_studio import ROOT, LocalStudio

PROJECT = "album"
RULES: dict[str, Json] = {
    "id": "concept",
    "resolution": 64,
    "crop": True,
    "crop_aspect": "preserve",
    "crop_style": "center",
    "minimum_image_size": 32,
    "repeats": 2,
    "caption_strategy": "textfile",
    "duplicates": {"exact": "keep_all"},
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStudio]:
    home = tmp_path_factory.mktemp("snapshots") / "home"
    studio = LocalStudio(home, services=(ROOT / "services" / "dataset" / "service.toml",), **SETTINGS)
    studio.up()
    yield studio
    studio.stop()


@pytest.fixture(scope="module")
def client(studio: LocalStudio) -> Iterator[Client]:
    with studio.client() as client:
        client.projects.create(PROJECT)
        yield client


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "concept"
    draw_pictures(folder, num=5, num_captioned=5)
    (folder / "00.txt").write_text("one caption\nand another\n")
    (folder / "more").mkdir()
    Image.effect_noise((90, 60), 80).convert("RGBA").save(folder / "more" / "odd name.webp", lossless=True)
    (folder / "more" / "odd name.txt").write_text("grey noise")
    Image.new("RGB", (8, 8)).save(folder / "tiny.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def snapshot(client: Client, pictures: Path) -> Snapshot:
    return taken(client, [{**RULES, "instance_data_dir": str(pictures)}], pictures)


def taken(client: Client, datasets: Json, folder: Path) -> Snapshot:
    """The snapshot of datasets as a recipe names them: a client's folder, sent by digest."""
    findings = Findings()
    read = read_datasets(datasets, folder, findings, has_tagger=True)
    assert findings.problems == []
    shipping = Shipping(client.blobs, client.uploads)
    entries: list[dict[str, Any]] = []
    for dataset in read:
        assert isinstance(dataset.source, tuple)
        entry = {**dataset.options, "id": dataset.id}
        entry["listing"] = shipping.ship(dataset.source, what=dataset.id, project=PROJECT)
        for key, path in dataset.files.items():
            entry[key] = shipping.ship_file(path, what=dataset.id, project=PROJECT)
        entries.append(entry)
    job = client.jobs.create("dataset.snapshot", {"entries": entries, "alignment": 16}, project=PROJECT)
    over = client.jobs.wait(job.name)
    assert over.state is JobState.SUCCEEDED, over.error
    assert over.result is not None
    return client.snapshots.find(over.result["manifest"]["content"], PROJECT)


def kept(client: Client, snapshot: Snapshot) -> list[tuple[object, ...]]:
    """What is trained on: bytes, captions, buckets and cuts."""
    found = client.snapshots.samples(snapshot.name, "state = kept")
    return sorted((sample.digest or "", sample.texts, sample.crops) for sample in found)


@pytest.mark.parametrize("layout", Layout)
def test_an_export_gives_the_same_samples_again(
    client: Client, snapshot: Snapshot, tmp_path: Path, layout: Layout
) -> None:
    done = export_snapshot(client, snapshot.name, tmp_path / "out", ExportWish(layout=layout))
    assert done.num_pictures == 6
    if layout is Layout.KOHYA:
        datasets: Json = [{**RULES, "instance_data_dir": str(tmp_path / "out"), "repeats": None}]
    else:
        datasets = str(tmp_path / "out" / "dataloader.json")
    again = taken(client, datasets, tmp_path / "out")
    assert kept(client, again) == kept(client, snapshot)
    if layout is not Layout.KOHYA:
        changes = list(client.snapshots.diff(snapshot.name, again.name))
        assert {change.after for change in changes} == {None}  # what was not used is gone, all else the same


def test_pngs_on_squares_are_made_for_other_tools(
    studio: LocalStudio, client: Client, snapshot: Snapshot, tmp_path: Path
) -> None:
    folder = tmp_path / "png"
    for _ in range(2):
        said = studio.run(
            *("snapshots", "export", snapshot.id[:10], str(folder), "--project", PROJECT),
            *("--format", "png", "--pad", "square"),
        )
        assert said.returncode == 0, said.stderr
    made = {path.name: Image.open(BytesIO(path.read_bytes())) for path in folder.rglob("*.png")}
    assert len(made) == 6
    assert all(picture.size[0] == picture.size[1] for picture in made.values())
    assert made["odd name.png"].size == (90, 90)
    assert made["odd name.png"].getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_of_this_machine_is_explained_and_drawn(
    studio: LocalStudio, snapshot: Snapshot, pictures: Path, tmp_path: Path
) -> None:
    drawing = tmp_path / "drawing.svg"
    said = studio.run(
        *("explain", str(pictures / "00.png"), "--project", PROJECT, "--snapshot", snapshot.id[:10]),
        *("--drawing", str(drawing)),
    )
    assert said.returncode == 0, said.stderr
    for word in ("concept/00.png", "'one caption'", "'and another'", "3 times an epoch (repeats 2)"):
        assert word in said.stdout
    root = ElementTree.parse(drawing).getroot()
    (picture,) = root.iter("{http://www.w3.org/2000/svg}image")
    assert (picture.get("href") or "").startswith("data:image/png;base64,")
    tiny = studio.run("explain", "tiny.png", "--project", PROJECT, "--snapshot", snapshot.id, "--no-drawing")
    assert "not used (excluded): too small" in tiny.stdout


def test_a_changed_caption_and_a_new_picture_are_the_difference(
    studio: LocalStudio, client: Client, snapshot: Snapshot, pictures: Path
) -> None:
    (pictures / "01.txt").write_text("told anew")
    Image.new("RGB", (70, 70), (9, 9, 9)).save(pictures / "new.png")
    later = taken(client, [{**RULES, "instance_data_dir": str(pictures)}], pictures)
    assert studio.run("snapshots", "name", later.id, "later", "--project", PROJECT).returncode == 0
    said = studio.run("snapshots", "diff", snapshot.id, "later", "--project", PROJECT)
    lines = sorted(said.stdout.splitlines())
    assert lines[0].startswith("concept/01.png: recaptioned (")
    assert lines[1:] == ["concept/new.png: added"]


def test_sizes_are_planned_by_the_studio_where_the_libraries_are_missing(
    studio: LocalStudio, tmp_path: Path
) -> None:
    (tmp_path / "sizes").write_text('{"width": 640, "height": 480, "name": "a"}\n{"width": 9, "height": 9}\n')
    rules = tmp_path / "dataloader.json"
    rules.write_text(json.dumps([{**RULES, "instance_data_dir": "nowhere"}]))
    arguments = ["plan", str(rules), "--sizes", str(tmp_path / "sizes"), "--alignment", "16"]
    here = studio.run(*arguments)
    program = f"import sys\nsys.modules['numpy'] = None\nsys.argv[1:] = {arguments!r}\n"
    program += "from bakehouse.cli.main import main\nmain()"
    there = subprocess.run(
        [sys.executable, "-c", program],
        env=studio.environment(),
        cwd=studio.home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (there.returncode, there.stderr) == (0, "")
    assert there.stdout == here.stdout
    assert [json.loads(line)["kept"] for line in here.stdout.splitlines()] == [True, False]


def test_what_is_left_out_is_deleted_when_it_is_confirmed(
    client: Client, pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "concept"
    shutil.copytree(pictures, folder)
    asked = {"delete_unwanted_images": True, "delete_problematic_images": True}
    datasets: Json = [{**RULES, **asked, "instance_data_dir": str(folder)}]
    findings = Findings()
    read = read_datasets(datasets, folder, findings, has_tagger=True)
    assert any("a bake deletes nothing" in remark for remark in findings.remarks)
    snapshot = taken(client, datasets, folder)
    recipe = Recipe(
        name="recipe", project=PROJECT, base_model=(), datasets=read, captioning=None, training={}
    )
    files = doomed_files(
        recipe, lambda dataset: client.snapshots.samples(snapshot.name, f'dataset = "{dataset}"')
    )
    assert [(one.name, one.reason) for one in files] == [
        ("broken.jpg", "not_an_image"),
        ("tiny.png", "too_small"),
    ]
    before = {path.name for path in folder.rglob("*")}
    deleted = delete(files, confirmed=2, snapshot=snapshot.name)
    gone = before - {path.name for path in folder.rglob("*")}
    assert (gone, deleted.number) == ({"broken.jpg", "tiny.png"}, 2)
