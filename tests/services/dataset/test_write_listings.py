from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.folders import ServerFolders
from services.dataset.domain.listing import ListedFile
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import FolderSpec, SourceSpec
from tests.services.dataset.ingesting import Ingest, OneSource, contents, listed, missing


class Shelf:
    """A source in memory. What `broken` names can't be had: now (False), or ever (True)."""

    def __init__(self, *items: SourceItem | RefusedItem, broken: dict[str, bool] | None = None) -> None:
        self.found = items
        self.broken = broken or {}
        self.fetched: list[str] = []
        self.identity = {"type": "shelf"}
        self.name = "shelf"

    def items(self) -> Any:
        return iter(self.found)

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        self.fetched.append(item.name)
        if item.name in self.broken:
            is_lasting = self.broken[item.name]
            raise FetchFailedError("dead_url", "404: not there", is_lasting=is_lasting)
        data = item.token.encode()
        return Fetched(digest=blobs.put(data), size_bytes=len(data), etag=item.token)


class Folders:
    """Server folders as `Sources`."""

    def __init__(self, root: Path) -> None:
        self._folders = ServerFolders([root])

    def open(self, spec: SourceSpec, blobs: Blobs) -> Any:
        assert isinstance(spec, FolderSpec)
        return self._folders.open(spec)


def item(name: str, token: str = "", **more: Any) -> SourceItem:
    return SourceItem(name=name, token=token or name, **more)


def ingest(blobs: Blobs, tmp_path: Path, shelf: Shelf) -> Ingest:
    spec: dict[str, Any] = {"sources": {"cats": {"type": "folder", "path": "/"}}}
    return Ingest(blobs=blobs, scratch=tmp_path, sources=OneSource(shelf), spec=spec)


def test_what_a_source_says_is_in_its_listing(blobs: Blobs, tmp_path: Path) -> None:
    said: dict[str, Any] = {
        "uri": "https://x/b",
        "captions": ("a cat", "eine Katze"),
        "width": 8,
        "height": 9,
    }
    result, _ = ingest(blobs, tmp_path, Shelf(item("b.png", **said), item("a.txt"))).whole()
    text, picture = listed(blobs, result)
    assert picture == ListedFile(name="b.png", digest=blobs.put(b"b.png"), size_bytes=5, etag="b.png", **said)
    assert text.name == "a.txt"
    assert result["counts"] == {"found": 2, "kept": 2}


def test_every_item_is_accounted_for(blobs: Blobs, tmp_path: Path) -> None:
    shelf = Shelf(
        *(item(f"{n}.png", f"token {n}") for n in range(200)),
        item("7.png", "another"),
        item("7.png", "a third"),
        RefusedItem(name="../x.png", reason="unsafe_name", detail="rename it"),
        broken={"3.png": True, "4.png": False},
    )
    result, header = ingest(blobs, tmp_path, shelf).whole()
    assert result["counts"] == {
        "found": 203,
        "kept": 198,
        "failed.dead_url": 2,
        "failed.duplicate_name": 2,
        "failed.unsafe_name": 1,
    }
    assert header.num_units > 1
    assert missing(blobs, result) == {
        "../x.png": "unsafe_name",
        "3.png": "dead_url",
        "4.png": "dead_url",
        "7.png (2)": "duplicate_name",
        "7.png (3)": "duplicate_name",
    }
    assert contents(blobs, result)["7.png"] == b"token 7"


def test_more_than_a_listing_takes_is_told(blobs: Blobs, tmp_path: Path) -> None:
    shelf = Shelf(item("a.png", captions=("x" * 70_000,)), item("b.png"))
    result, _ = ingest(blobs, tmp_path, shelf).whole()
    assert missing(blobs, result) == {"a.png": "too_long"}


def test_only_what_changed_is_fetched_again(blobs: Blobs, tmp_path: Path) -> None:
    names = [f"{n}.png" for n in range(5)]
    first = Shelf(*map(item, names), broken={"1.png": True, "2.png": False})
    ingest(blobs, tmp_path, first).whole()
    again = Shelf(item("0.png", "new"), *map(item, names[1:]), item("5.png"))
    result, header = ingest(blobs, tmp_path, again).whole()
    assert sorted(again.fetched) == ["0.png", "2.png", "5.png"]  # 1.png is dead until its token changes
    assert (header.num_items, header.num_hits) == (3, 3)
    assert missing(blobs, result) == {"1.png": "dead_url"}
    assert contents(blobs, result)["0.png"] == b"new"
    revived = Shelf(item("1.png", "another"))
    assert contents(blobs, ingest(blobs, tmp_path, revived).whole()[0]) == {"1.png": b"another"}


def test_a_unit_that_is_lost_costs_itself_alone(blobs: Blobs, tmp_path: Path) -> None:
    shelf = Shelf(*(item(f"{n}.png") for n in range(100)))
    job = ingest(blobs, tmp_path, shelf)
    plan, header = job.plan()
    results = job.run(plan)
    num_lost = header.num_units - 1
    assert num_lost
    result = job.finalise(plan, results[:1])  # a job that was cancelled: what it had is not published
    assert result["counts"]["found"] == 100
    shelf.fetched.clear()
    job.whole()
    assert len(shelf.fetched) == result["counts"]["failed.unknown"]


def test_a_source_without_pictures_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="dataset cats: no pictures in its source"):
        ingest(blobs, tmp_path, Shelf(item("a.txt"))).whole()
    nothing = Shelf(item("a.png"), item("b.png"), broken={"a.png": True, "b.png": True})
    expected = r"dataset cats: none of .* can be had: 2 dead_url; a.png: 404: not there"
    with pytest.raises(InvalidInputError, match=expected):
        ingest(blobs, tmp_path, nothing).whole()


def kohya(blobs: Blobs, tmp_path: Path, path: Path, *, entry: str = "cats") -> Any:
    spec: dict[str, Any] = {"sources": {entry: {"type": "folder", "path": str(path), "kohya_folders": True}}}
    return Ingest(blobs=blobs, scratch=tmp_path, sources=Folders(tmp_path), spec=spec).whole()[0]


def folders(root: Path, *names: str) -> None:
    for name in names:
        folder = root / name
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(name.encode())


@pytest.mark.parametrize("level", ["", "img", "img/10_zobkin cat"])
def test_any_level_of_kohya_folders_works(blobs: Blobs, tmp_path: Path, level: str) -> None:
    root = tmp_path / "set"
    folders(root, "img/10_zobkin cat")
    result = kohya(blobs, tmp_path, root / level)
    assert result["entries"] == {
        "cats": {"of": "cats", "repeats": 9, "class_tokens": "zobkin cat", "prior": False}
    }
    assert list(contents(blobs, result)) == ["a.png"]
    assert result["found"][0].endswith(
        "repeats: 9 (10 times an epoch), caption 'zobkin cat' where there is none"
    )


def test_several_kohya_folders_become_several_entries(blobs: Blobs, tmp_path: Path) -> None:
    root = tmp_path / "set"
    folders(root, "img/10_zobkin cat", "img/5_dog", "img/1_dog", "reg/1_cat")
    result = kohya(blobs, tmp_path, root)
    assert {own: (entry["repeats"], entry["prior"]) for own, entry in result["entries"].items()} == {
        "cats-zobkin-cat": (9, False),
        "cats-dog": (0, False),
        "cats-dog-2": (4, False),
        "cats-reg-cat": (0, True),
    }
    assert contents(blobs, result, "cats-dog-2") == {"a.png": b"img/5_dog"}


def test_pictures_beside_kohya_folders_keep_it_one_entry(blobs: Blobs, tmp_path: Path) -> None:
    root = tmp_path / "set"
    folders(root, "10_cat", "2023_photos")
    result = kohya(blobs, tmp_path, root)
    assert (list(result["listings"]), result["entries"]) == (["cats"], {})
    assert "not taken as kohya's folders N_name" in result["found"][0]
    assert list(contents(blobs, result)) == ["10_cat/a.png", "2023_photos/a.png"]
