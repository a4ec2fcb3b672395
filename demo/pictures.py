"""Writes the demo's picture folder: `python -m demo.pictures OUT`. The same seed writes the same pictures.

OUT/concept holds pictures of the concept in every format, and files that a dataset must refuse or notice;
OUT/prior holds ordinary shapes; OUT/labels.json says what each file is.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from demo.drawing import draw
from demo.file_formats import Format, save
from demo.grammar import CONCEPT, SHAPES, Motif, all_motifs

SEED = 4
NUM_PRIOR = 48
# The concept picture, by number, that has duplicates.
DUPLICATED = 2
SMALLEST_PX, LARGEST_PX = 40, 600
LARGEST_ASPECT = 3.0

CONCEPT_FORMATS = (
    *[Format.PNG] * 6,
    *[Format.JPEG] * 4,
    *[Format.WEBP] * 4,
    *[Format.JPEG_TURNED_RIGHT, Format.JPEG_TURNED_LEFT, Format.JPEG_UPSIDE_DOWN],
    *[Format.GIF_ANIMATED, Format.PNG_RGBA, Format.PNG_CUT_OUT, Format.PNG_GREY, Format.JPEG_CMYK],
    *[Format.PNG, Format.JPEG],
)
# Width over height, one a picture in turn: near the square a shape is seen best, the rest are the odd ones.
ASPECTS = (1.0, 1.05, 0.95, 1.5, 1.0, 0.65, 1.1, 3.0, 0.9, 1.0, 1 / 3, 1.6, 0.7, 1.0, 1.15, 0.85)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a written file is. `motif` is None where the file is no picture; `oddity` says what is amiss."""

    name: str
    motif: Motif | None
    oddity: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.pictures", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    labels = write_pictures(chosen.out, seed=chosen.seed)
    sys.stdout.write(f"{chosen.out}: {len(labels)} files, their labels in labels.json\n")


def write_pictures(out: Path, *, seed: int = SEED) -> list[Label]:
    """Writes all files below `out` and returns their labels, in the order of writing."""
    rng = random.Random(seed)
    labels = [*write_concept(out / "concept", rng), *write_prior(out / "prior", rng)]
    table = {
        label.name: {"tags": list(label.motif.tags) if label.motif else [], "oddity": label.oddity}
        for label in labels
    }
    (out / "labels.json").write_text(json.dumps(table, indent=1) + "\n")
    return labels


def write_concept(folder: Path, rng: random.Random) -> list[Label]:
    """The concept's pictures, then a truncated file, a text, an exact duplicate and a near one."""
    folder.mkdir(parents=True, exist_ok=True)
    labels: list[Label] = []
    for number, (file_format, motif) in enumerate(concept_plan(rng)):
        size = drawn_size(number, rng)
        path = folder / f"{number:02d}-{file_format.value}{file_format.suffix}"
        save(draw(motif, *size, rng), path, file_format)
        labels.append(Label(name=f"concept/{path.name}", motif=motif))
    return [*labels, *write_oddities(folder, labels[DUPLICATED], rng)]


def write_oddities(folder: Path, of: Label, rng: random.Random) -> list[Label]:
    """The four files beside the good ones. `of` is what the duplicates are of, a PNG."""
    assert of.motif is not None
    original = folder / Path(of.name).name
    (folder / "90-duplicate.png").write_bytes(original.read_bytes())
    with Image.open(original) as picture:
        near = picture.resize((round(picture.width * 0.9), round(picture.height * 0.9)))
    save(near, folder / "91-near-duplicate.jpg", Format.JPEG)
    whole = folder / "92-truncated.jpg"
    save(draw(of.motif, 300, 300, rng), whole, Format.JPEG)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (folder / "93-text.png").write_text("This is no picture, whatever its name says.\n")
    return [
        Label(name="concept/90-duplicate.png", motif=of.motif, oddity="exact duplicate"),
        Label(name="concept/91-near-duplicate.jpg", motif=of.motif, oddity="near duplicate"),
        Label(name="concept/92-truncated.jpg", motif=None, oddity="truncated"),
        Label(name="concept/93-text.png", motif=None, oddity="no picture"),
    ]


def write_prior(folder: Path, rng: random.Random) -> list[Label]:
    """Ordinary shapes, every shape as often, in three formats."""
    folder.mkdir(parents=True, exist_ok=True)
    formats = (Format.PNG, Format.JPEG, Format.WEBP)
    labels: list[Label] = []
    decks = {shape: rng.sample(all_motifs((shape,)), NUM_PRIOR // len(SHAPES)) for shape in SHAPES}
    for number in range(NUM_PRIOR):
        motif = decks[SHAPES[number % len(SHAPES)]].pop()
        file_format = formats[number // len(SHAPES) % len(formats)]
        path = folder / f"{number:02d}-{motif.shape}{file_format.suffix}"
        save(draw(motif, *drawn_size(number, rng), rng), path, file_format)
        labels.append(Label(name=f"prior/{path.name}", motif=motif))
    return labels


def concept_plan(rng: random.Random) -> list[tuple[Format, Motif]]:
    """A format and a motif for each of the concept's pictures; no motif twice.

    A grey file shows a motif that is grey by nature, a cut-out one a white ground: their tags stay true.
    """
    deck = all_motifs((CONCEPT,))
    rng.shuffle(deck)
    grey = Motif(shape=CONCEPT, colour="white", ground="black")
    cut_out = next(motif for motif in deck if motif.ground == "white")
    rest = [motif for motif in deck if motif not in {grey, cut_out}]
    given = {Format.PNG_GREY: grey, Format.PNG_CUT_OUT: cut_out}
    return [(file_format, given.get(file_format) or rest.pop()) for file_format in CONCEPT_FORMATS]


def drawn_size(number: int, rng: random.Random) -> tuple[int, int]:
    """The size of a folder's picture: the first is the smallest, the eighth the longest, the rest between."""
    aspect = ASPECTS[number % len(ASPECTS)]
    if number == 0:
        return SMALLEST_PX, SMALLEST_PX
    long = LARGEST_PX if aspect == LARGEST_ASPECT else rng.randint(130, 420)
    short = max(SMALLEST_PX, round(long / max(aspect, 1 / aspect)))
    return (long, short) if aspect >= 1 else (short, long)


if __name__ == "__main__":
    main()
