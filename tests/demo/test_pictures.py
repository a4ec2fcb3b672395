import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from demo.grammar import CONCEPT, SHAPES
from demo.pictures import main, write_pictures


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pictures")
    write_pictures(out)
    return out


def test_the_same_seed_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    main([str(tmp_path / "again")])
    assert contents(tmp_path / "again") == contents(folder)


def test_labels_name_every_file(folder: Path) -> None:
    labels = json.loads((folder / "labels.json").read_text())
    assert set(labels) | {"labels.json"} == set(contents(folder))
    good = [label["tags"][0] for label in labels.values() if not label["oddity"]]
    assert Counter(good) == {CONCEPT: 24, **dict.fromkeys(SHAPES, 8)}


def test_sizes_and_aspects_reach_their_ends(folder: Path) -> None:
    sizes = []
    for path in (folder / "concept").iterdir():
        if path.name[0] != "9":
            with Image.open(path) as opened:
                sizes.append(opened.size)
    sides = [side for size in sizes for side in size]
    aspects = [width / height for width, height in sizes]
    assert (min(sides), max(sides)) == (40, 600)
    assert max(aspects) == pytest.approx(3, abs=0.05)
    assert min(aspects) == pytest.approx(1 / 3, abs=0.05)


def test_the_odd_files_are_odd(folder: Path) -> None:
    concept = folder / "concept"
    assert (concept / "90-duplicate.png").read_bytes() == (concept / "02-png.png").read_bytes()
    with Image.open(concept / "91-near-duplicate.jpg") as near, Image.open(concept / "02-png.png") as first:
        difference = np.asarray(near, dtype=float) - np.asarray(first.resize(near.size), dtype=float)
    assert np.abs(difference).mean() < 6
    with Image.open(concept / "92-truncated.jpg") as cut, pytest.raises(OSError, match="truncated"):
        cut.load()
    with pytest.raises(UnidentifiedImageError):
        Image.open(concept / "93-text.png")
