"""Deleting what a snapshot left out, on real folders."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.client.pruning import (
    LEDGER,
    PROBLEMATIC,
    UNWANTED,
    Doomed,
    check_unchanged,
    delete,
    doomed_files,
)
from bakehouse.client.snapshot_values import Sample, SampleState
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.recipe.datasets import Dataset
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.recipe import Recipe

FLAGS = {"delete_unwanted_images": True, "delete_problematic_images": True}


def sample(file: str, reason: str = "", *, data: bytes = b"", part: int = 0) -> Sample:
    state = SampleState.KEPT
    if reason:
        state = SampleState.FAILED if reason in PROBLEMATIC else SampleState.EXCLUDED
    return Sample(
        sample_id="0" * 32,
        dataset="cats",
        file=file,
        part=part,
        state=state,
        reason=reason,
        detail=f"it is {reason}",
        digest=digest_bytes(data or file.encode()),
        size_bytes=3,
        media_type="",
        format="",
        width=0,
        height=0,
        picture=None,
        prior=False,
        uri="",
        crops=(),
        captions=(),
        thumbnail=None,
        duplicate_of="",
        more={},
    )


def folder_of(root: Path, *names: str) -> tuple[FoundFile, ...]:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tuple(FoundFile(name=name, path=root / name) for name in names)


def recipe(source: tuple[FoundFile, ...] | Digest, options: Mapping[str, Any] = FLAGS) -> Recipe:
    return Recipe(
        name="recipe.yaml",
        project="default",
        base_model=(),
        datasets=(Dataset(id="cats", options=options, source=source),),
        captioning=None,
        training={},
    )


def doomed(root: Path, *samples: Sample, options: Mapping[str, Any] = FLAGS) -> tuple[Doomed, ...]:
    files = folder_of(root, *dict.fromkeys(one.file for one in samples))
    return doomed_files(recipe(files, options), lambda dataset: samples if dataset == "cats" else ())


def names(files: Iterable[Doomed]) -> list[str]:
    return [one.name for one in files]


def test_what_size_and_ratio_leave_out_and_what_is_broken_is_meant(tmp_path: Path) -> None:
    samples = [sample(f"sub/{reason}.png", reason) for reason in sorted(UNWANTED | PROBLEMATIC)]
    others = [
        sample(f"{reason or 'kept'}.png", reason)
        for reason in ("", "exact_duplicate", "too_thin", "crash", "dead_url")
    ]
    files = doomed(tmp_path, *others, *samples)
    assert names(files) == [one.file for one in samples]
    assert {one.root for one in files} == {tmp_path}
    assert names(doomed(tmp_path, *samples, options={"delete_problematic_images": True})) == [
        f"sub/{reason}.png" for reason in sorted(PROBLEMATIC)
    ]


def test_a_file_of_which_a_frame_is_used_stays(tmp_path: Path) -> None:
    frames = [sample("a.gif"), sample("a.gif", "broken", part=1), sample("b.gif", "broken")]
    assert names(doomed(tmp_path, *frames)) == ["b.gif"]


def test_only_a_dataset_of_a_folder_that_asks_for_it_is_meant(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="set one of them to true"):
        doomed(tmp_path, sample("a.png", "broken"), options={"delete_unwanted_images": False})
    with pytest.raises(InvalidInputError, match="no dataset of a folder of this machine"):
        doomed_files(recipe(digest_bytes(b"listing")), lambda _: ())


def test_confirmed_files_go_and_are_in_the_ledger(tmp_path: Path) -> None:
    files = doomed(tmp_path, sample("a.png", "too_small"), sample("é/b.png", "broken"), sample("c.png"))
    deleted = delete(files, confirmed=2, snapshot="projects/p/snapshots/s")
    assert (deleted.number, deleted.ledgers) == (2, (tmp_path / LEDGER,))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [LEDGER, "c.png"]
    lines = [json.loads(line) for line in (tmp_path / LEDGER).read_text().splitlines()]
    assert [(line["file"], line["reason"], line["sha256"]) for line in lines] == [
        ("a.png", "too_small", digest_bytes(b"a.png")),
        ("é/b.png", "broken", digest_bytes("é/b.png".encode())),
    ]
    assert {line["snapshot"] for line in lines} == {"projects/p/snapshots/s"}


def test_another_number_than_was_listed_deletes_nothing(tmp_path: Path) -> None:
    files = doomed(tmp_path, sample("a.png", "too_small"))
    with pytest.raises(StateError, match="1 files would be deleted, not 2"):
        delete(files, confirmed=2, snapshot="s")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png"]


def test_one_file_that_changed_saves_all(tmp_path: Path) -> None:
    files = doomed(tmp_path, sample("a.png", "too_small"), sample("b.png", "too_small"))
    (tmp_path / "b.png").write_bytes(b"mended")
    with pytest.raises(StateError, match=r"b\.png has changed; nothing is deleted; bake the recipe again"):
        delete(files, confirmed=2, snapshot="s")
    (tmp_path / "b.png").unlink()
    with pytest.raises(StateError, match=r"b\.png is gone"):
        check_unchanged(files)
    assert (tmp_path / "a.png").exists()
    assert not (tmp_path / LEDGER).exists()


def test_nothing_behind_a_link_is_deleted(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder_of(elsewhere, "a.png")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(elsewhere)
    (root / "link.png").symlink_to(elsewhere / "a.png")
    for name in ("folder/a.png", "link.png"):
        files = doomed_files(
            recipe((FoundFile(name=name, path=root / name),)),
            lambda _, name=name: [sample(name, "broken", data=b"a.png")],  # type: ignore[misc]
        )
        with pytest.raises(StateError, match="lies behind a link"):
            delete(files, confirmed=1, snapshot="s")
    assert (elsewhere / "a.png").exists()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from(["", "too_small", "broken", "exact_duplicate", "crash"]), max_size=8))
def test_what_is_deleted_and_what_is_left_are_all(
    tmp_path_factory: pytest.TempPathFactory, fates: list[str]
) -> None:
    root = tmp_path_factory.mktemp("folder")
    samples = [sample(f"{number}.png", fate) for number, fate in enumerate(fates)]
    files = doomed(root, *samples)
    if files:
        delete(files, confirmed=len(files), snapshot="s")
    left = sorted(path.name for path in root.iterdir() if path.name != LEDGER)
    assert sorted(left + names(files)) == sorted(one.file for one in samples)
    assert len(left) == sum(one.reason not in {"too_small", "broken"} for one in samples)
