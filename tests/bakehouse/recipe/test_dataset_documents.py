"""Documents of datasets: every example of SimpleTuner's, in any of three formats, and the files they name."""

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.dataset_config.entries import ReadEntries, read_entries
from bakehouse.dataset_config.entry_checks import untrainable
from bakehouse.dataset_config.entry_reading import ReadEntry
from bakehouse.dataset_config.option import Holder
from bakehouse.dataset_config.options import OPTIONS
from bakehouse.digest import Digest
from bakehouse.jobs.plan import PlanFor, PlanWriter
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import PlanRequest
from bakehouse.recipe.dataset_documents import read_tables
from bakehouse.recipe.datasets import read_datasets
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.findings import Findings
from services.dataset.domain.rules import Size
from services.dataset.entries import parse_snapshot
from services.dataset.plan_snapshot import plan_snapshot
from tests.bakehouse.recipe.kitchen import make_pictures
from tests.services.dataset.kitchen import put_listing

EXAMPLES = Path(__file__).parent / "data" / "dataloader"
WHOLE = ("basic", "advanced", "csv", "parquet", "cloud", "huggingface", "photo_concept_bucket")
PARTS = (
    "minimum_pixel",
    "minimum_pixel_area",
    "no_minimum",
    "downsample",
    "upscale_unlimited",
    "upscale_limited",
)
GENERATED = ("superresolution", "jpeg_artifacts", "depth", "random_masks", "canny")
# What is missing of what an example asks for.
MISSING = {
    "video": "videos are not read",
    "video_resolution_frames": "videos are not read",
    "audio_block": "audio is not read",
    "audio_captions": "audio is not read",
    **dict.fromkeys(GENERATED, "conditioning pictures are not generated"),
}
MAPS = ("map_one_megapixel", "map_512")
ENTRY: dict[str, Any] = {"id": "cats", "type": "local", "instance_data_dir": "cats"}


def document(name: str, folder: Path) -> Path:
    """The example as a document of its own: a part of one stands in a dataset of pictures."""
    written = folder / "multidatabackend.json"
    if (part := EXAMPLES / f"{name}.part").exists():
        start = json.dumps(ENTRY).removesuffix("}")
        written.write_text(f"[{start},\n{part.read_text()}}}]")
    elif name in GENERATED:
        text = (EXAMPLES / f"{name}.json").read_text()
        written.write_text(json.dumps([{**ENTRY, "conditioning": [json.loads(text)]}]))
    else:
        written.write_text((EXAMPLES / f"{name}.json").read_text())
    return written


def read(path: Path) -> tuple[ReadEntries, Findings]:
    findings = Findings()
    tables, _ = read_tables(path.name, path.parent, findings)
    return read_entries(tables, place="datasets"), findings


def test_every_example_is_looked_at() -> None:
    assert {path.stem for path in EXAMPLES.iterdir()} == {*WHOLE, *PARTS, *MISSING, *MAPS}


@pytest.mark.parametrize("name", [*WHOLE, *PARTS])
def test_an_example_reads_without_error_and_is_planned(name: str, tmp_path: Path) -> None:
    entries, findings = read(document(name, tmp_path))
    assert (findings.problems, entries.problems) == ([], ())
    assert entries.images
    assert not any(problem for entry in entries.images if entry.spec for problem in untrainable(entry.spec))
    store = DirectoryStore(tmp_path / "store")
    store.create()
    blobs = Blobs(store, "p")
    listing = put_listing(blobs, {"1.png": b"picture", "1.txt": b"a cat"})
    spec: Json = {"entries": [sent(entry, listing) for entry in entries.images], "alignment": 64}
    request = PlanRequest(
        kind="dataset.snapshot", spec=spec, inputs={}, blobs=blobs, sizing=Sizing(item_s=1), scratch=tmp_path
    )
    about = PlanFor(kind=request.kind, spec=canonical_digest(spec))
    plan = PlanWriter(blobs, about, stop=Event())
    plan_snapshot(request, plan)
    assert plan.finish()[1].num_items >= 1


def sent(entry: ReadEntry, listing: Digest) -> dict[str, Json]:
    """What a client makes of an entry once the studio has its pictures."""
    kept = {key: value for key, value in entry.values.items() if OPTIONS[key].holder is not Holder.READER}
    return {**kept, "listing": listing, "table": listing}


# Where the examples have their pictures and tables.
FOLDERS = (
    "/path/to/data/tree",
    "/models/training/datasets/photo-concept-bucket-downloads",
    "/home/user/training/photo-concept-bucket/train",
)
TABLES = {
    "/Volumes/ml/dataset/test_list.csv": "test_list.csv",
    "/home/user/training/photo-concept-bucket/photo-concept-bucket.parquet": "photo-concept-bucket.parquet",
    "train.parquet": "train.parquet",
}


@pytest.mark.parametrize("name", WHOLE)
def test_an_example_is_what_a_recipe_may_name_where_its_files_are_there(name: str, tmp_path: Path) -> None:
    written = document(name, tmp_path)
    text = written.read_text()
    for folder in FOLDERS:
        text = text.replace(f'"{folder}"', '"pictures"')
    for path, table in TABLES.items():
        text = text.replace(path, table)
        (tmp_path / table).write_text("url,caption\nhttps://pictures.example/1.png,a cat\n")
    written.write_text(text)
    make_pictures(tmp_path / "pictures")
    findings = Findings()
    datasets = read_datasets(written.name, tmp_path, findings, has_tagger=False)
    findings.refuse("recipe")
    assert datasets
    options = canonical_bytes([dict(dataset.options) for dataset in datasets])
    assert not any(secret in options for secret in (b"wpz-", b"xyz-", b"exampleSecretKey"))


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_there_yet_is_read_and_said(name: str, tmp_path: Path) -> None:
    entries, findings = read(document(name, tmp_path))
    assert findings.problems == []
    assert entries.problems
    assert all("is not there yet: " in problem for problem in entries.problems)
    assert MISSING[name] in "; ".join(entries.problems)


@pytest.mark.parametrize("name", MAPS)
def test_a_map_of_sizes_may_be_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text((EXAMPLES / f"{name}.json").read_text())
    entry = {**ENTRY, "resolution": 1, "resolution_type": "area", "aspect_resolution_map": "map.json"}
    (tmp_path / "datasets.json").write_text(json.dumps([entry]))
    entries, findings = read(tmp_path / "datasets.json")
    assert (findings.problems, entries.problems) == ([], ())
    (found,) = entries.images
    assert found.spec is not None
    assert len(found.spec.aspect_resolution_map) > 30
    (parsed,) = parse_snapshot({"entries": [sent(found, Digest("0" * 64))]}).entries
    assert parsed.rules.aspect_map[0.5] == Size(
        width=512 if name == "map_512" else 768, height=1024 if name == "map_512" else 1536
    )


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".toml"])
def test_three_formats_say_the_same(suffix: str, tmp_path: Path) -> None:
    tables = read_document(EXAMPLES / "basic.json")
    path = tmp_path / f"datasets{suffix}"
    if suffix == ".toml":
        path.write_text(
            '[[datasets]]\nid = "cats"\ninstance_data_dir = "cats"\nresolution = 512\ncrop = true\n'
            "minimum_aspect_ratio = 0.5\n"
        )
    elif suffix == ".yaml":
        path.write_text(
            yaml.safe_dump([{**ENTRY, "resolution": 512, "crop": True, "minimum_aspect_ratio": 0.5}])
        )
    else:
        path.write_text(json.dumps([{**ENTRY, "resolution": 512, "crop": True, "minimum_aspect_ratio": 0.5}]))
    assert tables
    entries, findings = read(path)
    (found,) = entries.images
    assert (findings.problems, entries.problems) == ([], ())
    values = {key: value for key, value in found.values.items() if key != "type"}
    assert values == {
        "id": "cats",
        "instance_data_dir": "cats",
        "resolution": "512",
        "crop": True,
        "minimum_aspect_ratio": "0.5",
    }


def test_a_list_of_choices_is_read_as_its_first(tmp_path: Path) -> None:
    entries, _ = read(document("advanced", tmp_path))
    spec = entries.images[0].spec
    assert spec is not None
    assert (spec.crop_style, spec.crop_aspect, spec.caption_strategy) == ("random", "square", "filename")
    said = [remark for remark in entries.remarks if "lists the choices" in remark]
    assert len(said) == 4


def test_filters_of_a_file_stand_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "filters.txt").write_text("arafed \n^this\n")
    embeds = {"id": "texts", "dataset_type": "text_embeds", "caption_filter_list": "filters.txt"}
    (tmp_path / "datasets.json").write_text(json.dumps([ENTRY, embeds]))
    entries, findings = read(tmp_path / "datasets.json")
    assert findings.problems == []
    assert entries.images[0].values["caption_filter_list"] == ["arafed ", "^this"]


def test_a_file_that_is_not_there_is_said_with_the_dataset(tmp_path: Path) -> None:
    entry = {**ENTRY, "caption_filter_list": "gone.txt", "aspect_resolution_map": "gone.json"}
    (tmp_path / "datasets.json").write_text(json.dumps([entry]))
    _, findings = read(tmp_path / "datasets.json")
    assert len(findings.problems) == 2
    assert all(problem.startswith("dataset cats: ") and "gone." in problem for problem in findings.problems)


def test_kohyas_form_is_recognised_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "anything.toml").write_text(
        "[general]\nenable_bucket = true\ncaption_extension = '.txt'\n[[datasets]]\nresolution = [512, 768]\n"
        "[[datasets.subsets]]\nimage_dir = 'img/10_zobkin cat'\nnum_repeats = 10\n"
    )
    entries, findings = read(tmp_path / "anything.toml")
    assert (findings.problems, entries.problems) == ([], ())
    (found,) = entries.images
    assert found.spec is not None
    assert (found.id, int(found.spec.repeats), found.spec.resolution_size) == ("zobkin-cat", 9, (512, 768))


@pytest.mark.parametrize("value", [None, 3, [], {}, {"datasets": []}])
def test_what_is_no_list_of_datasets_is_refused(value: Json, tmp_path: Path) -> None:
    findings = Findings()
    assert read_tables(value, tmp_path, findings) == ([], tmp_path)
    assert len(findings.problems) == 1


def test_one_dataset_may_stand_alone(tmp_path: Path) -> None:
    assert read_tables(ENTRY, tmp_path, Findings())[0] == [ENTRY]
