import os
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.folders import FolderSource, ServerFolders
from services.dataset.ports import FetchFailedError
from services.dataset.source_specs import FolderSpec
from tests.services.dataset.ingesting import look
from tests.services.dataset.units import folder_of


def opened(root: Path, path: Path, *, caption_extension: str = ".txt") -> FolderSource:
    return ServerFolders([root]).open(FolderSpec(path=str(path), caption_extension=caption_extension))


def test_pictures_and_texts_are_found_at_any_depth_and_become_blobs(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (folder / "deep").mkdir()
    (folder / "deep" / "b.txt").write_bytes(b"22")
    (folder / "notes.md").write_bytes(b"no")
    source = opened(tmp_path / "pictures", folder)
    items, refused = look(source)
    assert [item.name for item in items] == ["a.png", "deep/b.txt"]
    assert refused == {}
    assert blobs.get(source.fetch(items[1], blobs).digest) == b"22"
    assert (source.name, source.identity) == ("cats", {"type": "folder"})


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (folder / "._a.png").write_bytes(b"no")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "b.png").write_bytes(b"no")
    assert [item.name for item in look(opened(tmp_path, folder))[0]] == ["a.png"]


def test_texts_may_have_another_extension(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (folder / "a.caption").write_bytes(b"a cat")
    (folder / "a.txt").write_bytes(b"no")
    source = opened(tmp_path, folder, caption_extension=".caption")
    assert [item.name for item in look(source)[0]] == ["a.caption", "a.png"]


def test_no_link_leads_out_of_the_root(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "inside.png").symlink_to(folder / "a.png")
    (folder / "gone.png").symlink_to(folder / "nothing.png")
    (folder / "round").symlink_to(folder)
    (folder / "circle.png").symlink_to(folder / "circle.png")
    source = opened(tmp_path / "pictures", folder)
    items, refused = look(source)
    assert [item.name for item in items] == ["a.png", "inside.png"]
    assert refused == {
        "out.png": "link",
        "gone.png": "no_file",
        "circle.png": "unreadable",
        "round/": "link",
    }
    (folder / "a.png").unlink()
    (folder / "a.png").symlink_to(tmp_path / "secret.png")  # between the look and the fetch
    with pytest.raises(FetchFailedError, match="leads out of the folder"):
        source.fetch(items[0], blobs)


def test_only_folders_below_a_root_are_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    (tmp_path / "pictures" / "way_out").symlink_to(tmp_path)
    roots = tmp_path / "pictures"
    for path in (tmp_path, roots / "..", roots / "way_out", folder / "a.png", Path("/nul\0")):
        with pytest.raises(InvalidInputError, match="is no folder below BAKEHOUSE_SOURCE_ROOTS"):
            opened(roots, path)
    with pytest.raises(InvalidInputError, match="reads none of its own folders"):
        ServerFolders([]).open(FolderSpec(path=str(folder)))


def test_a_file_that_is_gone_or_changed_is_not_taken(tmp_path: Path, blobs: Blobs) -> None:
    folder = folder_of(tmp_path, a=b"1", b=b"1")
    source = opened(tmp_path, folder)
    first, second = look(source)[0]
    (folder / "a.png").unlink()
    (folder / "b.png").write_bytes(b"22")
    for item, reason in ((first, "gone"), (second, "changed")):
        with pytest.raises(FetchFailedError) as failed:
            source.fetch(item, blobs)
        assert (failed.value.reason, failed.value.is_lasting) == (reason, False)


def test_a_token_changes_with_the_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    source = opened(tmp_path, folder)
    (before,) = look(source)[0]
    os.utime(folder / "a.png", ns=(1, 1))
    (after,) = look(source)[0]
    assert before.token != after.token


def test_odd_names_are_told(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, **{"caf\udce9": b"1", "🎂" * 60: b"1", "a\\b": b"1", "a\nb": b"1"})
    (folder / "more.zip").write_bytes(b"PK")
    items, refused = look(opened(tmp_path, folder))
    assert [item.name for item in items] == ["🎂" * 60 + ".png"]
    assert refused == {
        "caf\\udce9.png": "unsafe_name",
        "a\\b.png": "unsafe_name",
        "a\\x0ab.png": "unsafe_name",
        "more.zip": "nested_archive",
    }
