"""Snapshots as files, from a real gateway."""

import json
from pathlib import Path

import pytest

from bakehouse.canonical_json import Json
from bakehouse.client.export.exporting import ExportWish, export_snapshot
from bakehouse.client.export.places import Layout
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, StateError
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

SHOTS = (
    Shot(name="a.png", captions=("a cat", "cats")),
    Shot(name="in/b.png", captions=()),
    Shot(name="small.png", reason="too_small"),
    Shot(name="d.png", entry="dogs", captions=("a dog",)),
)
ENTRIES: tuple[dict[str, Json], ...] = (
    {"id": "cats", "resolution": "64", "repeats": 2},
    {"id": "dogs", "resolution": "64"},
)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_has_the_files_their_captions_and_the_rules(stock: Stock, tmp_path: Path) -> None:
    name, folder = stock.put(*SHOTS, entries=ENTRIES).name, tmp_path / "out"
    done = export_snapshot(stock.client, name, folder, ExportWish())
    assert (done.num_pictures, done.num_written, done.num_uncaptioned) == (3, 5, 1)
    found = files(folder)
    loader = json.loads(found.pop("dataloader.json"))
    assert [(entry["id"], entry["resolution"], entry.get("repeats")) for entry in loader] == [
        ("cats", "64", 2),
        ("dogs", "64", None),
    ]
    assert found == {
        "cats/a.png": b"a.png",
        "cats/a.txt": b"a cat\ncats\n",
        "cats/in/b.png": b"in/b.png",
        "dogs/d.png": b"d.png",
        "dogs/d.txt": b"a dog\n",
    }


@pytest.mark.parametrize("layout", Layout)
def test_an_export_goes_on_where_it_ended(stock: Stock, tmp_path: Path, layout: Layout) -> None:
    name, folder = stock.put(*SHOTS, entries=ENTRIES).name, tmp_path / "out"
    wish = ExportWish(layout=layout)
    export_snapshot(stock.client, name, folder, wish)
    whole = files(folder)
    next(folder.rglob("a.png")).unlink()
    assert export_snapshot(stock.client, name, folder, wish).num_written == 1
    assert files(folder) == whole


def test_fractions_of_repeats_are_told_where_they_are_lost(stock: Stock, tmp_path: Path) -> None:
    entries: tuple[dict[str, Json], ...] = ({"id": "cats", "repeats": "0.5"}, {"id": "dogs", "repeats": "1"})
    name = stock.put(*SHOTS, entries=entries).name
    for layout, rounded in ((Layout.KOHYA, ["cats"]), (Layout.FOLDER, [])):
        done = export_snapshot(stock.client, name, tmp_path / layout, ExportWish(layout=layout))
        assert done.rounded == rounded


def test_nothing_that_is_there_is_overwritten(stock: Stock, tmp_path: Path) -> None:
    name = stock.put(*SHOTS).name
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.png").write_bytes(b"mine")
    with pytest.raises(StateError, match=r"a\.png is there with other contents"):
        export_snapshot(stock.client, name, tmp_path, ExportWish())
    assert (tmp_path / "cats" / "a.png").read_bytes() == b"mine"


def test_only_what_passes_a_filter_is_exported(stock: Stock, tmp_path: Path) -> None:
    name = stock.put(*SHOTS).name
    export_snapshot(stock.client, name, tmp_path / "dogs", ExportWish(where="dataset = dogs"))
    assert set(files(tmp_path / "dogs")) == {"dataloader.json", "dogs/d.png", "dogs/d.txt"}
    with pytest.raises(InvalidInputError, match="nothing is exported"):
        export_snapshot(stock.client, name, tmp_path / "none", ExportWish(where="dataset = birds"))


def test_captions_that_text_files_can_not_say_are_refused(stock: Stock, tmp_path: Path) -> None:
    shots = (Shot(name="a.png", captions=("two\nlines",)), Shot(name="b.png", captions=("one", "other")))
    name = stock.put(*shots).name
    with pytest.raises(InvalidInputError, match="use --layout imagefolder or parquet"):
        export_snapshot(stock.client, name, tmp_path / "texts", ExportWish())
    export_snapshot(stock.client, name, tmp_path / "rows", ExportWish(layout=Layout.IMAGEFOLDER))
    lines = (tmp_path / "rows" / "cats" / "metadata.jsonl").read_text().splitlines()
    assert {tuple(json.loads(line)["captions"]) for line in lines} == {("two\nlines",), ("one", "other")}
    alone = stock.put(shots[0]).name
    export_snapshot(stock.client, alone, tmp_path / "whole", ExportWish())
    (table,) = json.loads((tmp_path / "whole" / "dataloader.json").read_text())
    assert table["disable_multiline_split"] is True


def test_pictures_that_were_made_take_the_place_of_the_sources(stock: Stock, tmp_path: Path) -> None:
    name, png = stock.put(SHOTS[0]).name, stock.blobs.put(b"a PNG")
    made = {SHOTS[0].sample_id.hex(): png}
    export_snapshot(stock.client, name, tmp_path, ExportWish(made=made))
    assert files(tmp_path) == {"cats/a.png": b"a PNG", "cats/a.txt": b"a cat\ncats\n"}
    with pytest.raises(StateError, match="no picture was made of it"):
        export_snapshot(stock.client, name, tmp_path / "other", ExportWish(made={"0": digest_bytes(b"")}))
