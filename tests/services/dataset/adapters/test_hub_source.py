import gc
import os
from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.folders import ServerFolders
from services.dataset.adapters.hub_source import HubDatasets, HubSource
from services.dataset.ports import FetchFailedError, SourceItem
from services.dataset.source_specs import HubSpec
from tests.services.dataset.hub_folders import imagefolder, sent, shards
from tests.services.dataset.ingesting import look
from tests.services.dataset.pictures import png


def source(blobs: Blobs, folder: Path, **options: Any) -> HubSource:
    return HubDatasets(ServerFolders([folder.parent])).open(HubSpec(folder=str(folder), **options), blobs)


def items(found: HubSource) -> list[SourceItem]:
    taken, refused = look(found)
    assert refused == {}
    return taken


# The library leaves tables of captions open until they are collected.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_folder_of_pictures_with_a_table(blobs: Blobs, tmp_path: Path, kind: str) -> None:
    folder = source(blobs, imagefolder(tmp_path / "cats", kind=kind))
    found = items(folder)
    assert [(item.name, item.captions, item.width, item.height) for item in found] == [
        (f"train/{n}.png", (f"picture {n}",), 64 + n, 96) for n in range(4)
    ]
    assert folder.name == "cats"
    assert [blobs.get(folder.fetch(item, blobs).digest) for item in found] == [png(64 + n) for n in range(4)]
    del folder
    gc.collect()


def test_shards_with_pictures_in_them(blobs: Blobs, tmp_path: Path) -> None:
    found = source(
        blobs,
        shards(tmp_path / "cats"),
        description_column="description.long",
        width_column="meta.size.w",
        height_column="meta.size.h",
    )
    taken = items(found)
    assert [item.name for item in taken] == [f"{n:09}.png" for n in range(6)]
    assert [item.captions for item in taken[:2]] == [("long 0",), ("picture 1", "again")]
    assert [(item.width, item.height) for item in taken[:2]] == [(64, 96), (65, 96)]
    for n in (0, 1, 5, 3, 2, 4):
        assert blobs.get(found.fetch(taken[n], blobs).digest) == png(64 + n)


def test_a_struct_of_texts_is_alternatives(blobs: Blobs, tmp_path: Path) -> None:
    found = source(blobs, shards(tmp_path / "cats", 2), caption_column="description")
    assert items(found)[1].captions == ("short 1", "long 1")


def test_a_folder_that_was_sent(blobs: Blobs, tmp_path: Path) -> None:
    for folder in (imagefolder(tmp_path / "a"), shards(tmp_path / "b")):
        spec = HubSpec(files=sent(blobs, folder))
        kitchens = [HubDatasets(ServerFolders([])) for _ in range(2)]
        first, second = (kitchen.open(spec, blobs) for kitchen in kitchens)
        assert kitchens[0].open(spec, blobs) is first
        seen = items(first)
        assert seen == items(second)  # whatever folder it was laid out in
        assert blobs.get(second.fetch(seen[1], blobs).digest) == png(65)


def test_a_shard_that_changed_has_other_tokens(blobs: Blobs, tmp_path: Path) -> None:
    folder = shards(tmp_path / "cats", 4)
    before = {item.name: item.token for item in items(source(blobs, folder))}
    os.utime(folder / "data/train-00001-of-00002.parquet", ns=(1, 1))
    after = {item.name: item.token for item in items(source(blobs, folder))}
    assert [name for name, token in after.items() if before[name] != token] == [
        "000000002.png",
        "000000003.png",
    ]


def test_missing_columns_are_told_with_those_there_are(blobs: Blobs, tmp_path: Path) -> None:
    folder = shards(tmp_path / "cats", 2)
    with pytest.raises(InvalidInputError, match=r"no column 'img'; it has image, caption, description, meta"):
        source(blobs, folder, image_column="img")
    with pytest.raises(InvalidInputError, match=r"no column 'captoin' \('caption' is near\)"):
        source(blobs, folder, caption_column="captoin")


def test_what_is_no_dataset_or_has_no_such_split(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match="the dataset can't be read"):
        source(blobs, tmp_path / "empty")
    with pytest.raises(InvalidInputError, match="Bad split"):
        source(blobs, shards(tmp_path / "cats", 2), split="test")
    with pytest.raises(InvalidInputError, match="no folder below"):
        HubDatasets(ServerFolders([tmp_path / "cats"])).open(HubSpec(folder="/etc"), blobs)


@pytest.mark.parametrize("files", ["/etc/*.parquet", "../other/*.parquet", "http://127.0.0.1:9/x.parquet"])
def test_a_dataset_leads_to_no_files_but_its_own(blobs: Blobs, tmp_path: Path, files: str) -> None:
    folder = shards(tmp_path / "cats", 2)
    (folder / "README.md").write_text(f"---\nconfigs:\n- config_name: default\n  data_files: {files}\n---\n")
    with pytest.raises(InvalidInputError, match=r"README\.md names files outside of it"):
        source(blobs, folder)


def test_a_linked_shard_leads_nowhere_else(blobs: Blobs, tmp_path: Path) -> None:
    other = shards(tmp_path / "other", 2)
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats/train.parquet").symlink_to(other / "data/train-00000-of-00001.parquet")
    with pytest.raises(InvalidInputError, match="names a file outside of itself"):
        source(blobs, tmp_path / "cats")


@pytest.mark.parametrize("path", ["/etc/passwd", "http://127.0.0.1:9/x.png", "../../secret.png"])
def test_a_row_leads_to_no_file_but_those_of_its_dataset(blobs: Blobs, tmp_path: Path, path: str) -> None:
    found = source(blobs, shards(tmp_path / "cats", 2, image={"bytes": None, "path": path}))
    with pytest.raises(FetchFailedError, match="no picture in it"):
        found.fetch(items(found)[0], blobs)


def test_what_is_no_picture_is_not_stored(blobs: Blobs, tmp_path: Path) -> None:
    folder = imagefolder(tmp_path / "a")
    (folder / "train/2.png").write_bytes(b"<html>")
    found = source(blobs, folder)
    with pytest.raises(FetchFailedError, match="it holds a web page"):
        found.fetch(items(found)[2], blobs)
    in_table = source(blobs, shards(tmp_path / "b", 2, image={"bytes": b"text", "path": None}))
    with pytest.raises(FetchFailedError, match="it holds a text"):
        in_table.fetch(items(in_table)[0], blobs)
