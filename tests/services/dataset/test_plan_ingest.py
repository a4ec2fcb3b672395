from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from services.dataset.adapters.archives import ZipSource
from services.dataset.adapters.folders import ServerFolders
from services.dataset.ports import Source
from services.dataset.source_specs import FolderSpec, SourceSpec, ZipSpec
from tests.services.dataset.ingesting import Ingest
from tests.services.dataset.units import folder_of


class FoldersAndArchives:
    def __init__(self, folders: ServerFolders) -> None:
        self._folders = folders

    def open(self, spec: SourceSpec, blobs: Blobs) -> Source:
        if isinstance(spec, ZipSpec):
            return ZipSource(spec, blobs)
        assert isinstance(spec, FolderSpec)
        return self._folders.open(spec)


def planned(blobs: Blobs, tmp_path: Path, *, item_s: float = 1.0, **sources: Any) -> Ingest:
    known = FoldersAndArchives(ServerFolders([tmp_path]))
    return Ingest(blobs=blobs, scratch=tmp_path, sources=known, spec={"sources": sources}, item_s=item_s)


def test_items_of_all_sources_are_cut_into_units(blobs: Blobs, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1", b=b"2", c=b"3")
    (folder / "deep").mkdir()
    (folder / "deep" / "d.png").write_bytes(b"4")
    whole = {"type": "folder", "path": str(folder)}
    part = {"type": "folder", "path": str(folder / "deep")}
    _, header = planned(blobs, tmp_path, item_s=10, all=whole, deep=part).plan()
    # what both have is fetched once
    assert (header.num_units, header.num_items, header.num_hits) == (2, 4, 0)
    assert not list(tmp_path.glob("ingest-*"))


def test_the_same_sources_give_the_same_plan(blobs: Blobs, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1", b=b"2")
    job = planned(blobs, tmp_path, cats={"type": "folder", "path": str(folder)})
    assert job.plan() == job.plan()


def test_what_can_not_be_opened_is_told_with_its_entry(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"dataset cats: server path .* is no folder"):
        planned(blobs, tmp_path, cats={"type": "folder", "path": "/nowhere"}).plan()
    with pytest.raises(InvalidInputError, match="dataset cats: the file is no zip archive"):
        planned(blobs, tmp_path, cats={"type": "zip", "archive": blobs.put(b"no")}).plan()
    with pytest.raises(NotFoundError):
        planned(blobs, tmp_path, cats={"type": "zip", "archive": digest_bytes(b"gone")}).plan()
