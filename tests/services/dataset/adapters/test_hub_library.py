import sys
from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.adapters.hub_library import HubDataset, SeenRow, Where
from tests.services.dataset.hub_folders import imagefolder, shards
from tests.services.dataset.pictures import png


def dataset(folder: Path) -> HubDataset:
    return HubDataset(Where(path=str(folder), config=None, split="train"), "image")


def test_tables_are_looked_at_without_their_pictures(tmp_path: Path) -> None:
    found = dataset(shards(tmp_path / "cats", 3))
    assert found.columns == ["image", "caption", "description", "meta"]
    assert list(found.rows(["caption"])) == [
        SeenRow(number=0, shard=0, row=0, cells=([""],)),
        SeenRow(number=1, shard=0, row=1, cells=(["picture 1", "again"],)),
        SeenRow(number=2, shard=1, row=0, cells=([""],)),
    ]
    assert found.file_of(1) == "data/train-00001-of-00002.parquet"


def test_pictures_come_from_a_row_on(tmp_path: Path) -> None:
    found = dataset(shards(tmp_path / "cats", 6, each=3))
    assert [cell["bytes"] for cell in found.pictures(1, 1) if isinstance(cell, dict)] == [png(68), png(69)]


def test_pictures_that_are_files_have_their_path(tmp_path: Path) -> None:
    found = dataset(imagefolder(tmp_path / "cats", 2))
    assert [seen.path for seen in found.rows(["text"])] == ["train/0.png", "train/1.png"]
    with found.open("train/1.png") as file:
        assert file.read() == png(65)


def test_a_torn_table_is_told(tmp_path: Path) -> None:
    folder = shards(tmp_path / "cats", 2)
    (shard,) = (folder / "data").iterdir()
    shard.write_bytes(shard.read_bytes()[:-200])
    with pytest.raises(InvalidInputError, match="can't be read"):
        list(dataset(folder).rows(["caption"]))


def test_a_card_that_is_no_yaml_is_told(tmp_path: Path) -> None:
    folder = shards(tmp_path / "cats", 2)
    (folder / "README.md").write_text("---\n{: [\n---\n")
    with pytest.raises(InvalidInputError, match=r"README\.md"):
        dataset(folder)


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InvalidInputError, match=r"install bakehouse\[dataset-hf\]"):
        dataset(tmp_path)
