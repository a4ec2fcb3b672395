"""A studio of all real services, drawn pictures, and a recipe for the demo's models that bakes in seconds."""

import random
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.topology import installed_services
from demo.drawing import draw
from demo.grammar import CONCEPT, SHAPES, Motif, all_motifs
from demo.places import BASE, TAGGER
from tests.e2e.local_studio import LocalStudio

PROJECT = "kitchen"
# Each process computes with one thread: bits must not depend on how many cores are free.
SETTINGS = {"OMP_NUM_THREADS": "1", "BAKEHOUSE_HTTP_LISTEN": "127.0.0.1:0"}


def real_studio(home: Path, **settings: str) -> LocalStudio:
    return LocalStudio(home, services=installed_services(), **SETTINGS, **settings)


def draw_pictures(folder: Path, *, num: int = 12, num_captioned: int = 4, longest_px: int = 140) -> None:
    """Pictures `00.png`, `01.png` ...; the first ones with a caption beside them."""
    folder.mkdir(parents=True)
    rng = random.Random(num)
    for number, motif in enumerate(rng.sample(all_motifs(SHAPES), num)):
        size = rng.randint(longest_px // 2, longest_px), rng.randint(longest_px // 2, longest_px)
        draw(motif, *size, rng).save(folder / f"{number:02d}.png")
        if number < num_captioned:
            caption = f"{motif.shape}, {motif.colour} shape, {motif.ground} ground"
            (folder / f"{number:02d}.txt").write_text(caption)


def draw_concept(path: Path, *, colour: str) -> None:
    """A picture of a shape that `draw_pictures` never draws, so that its tags are new, too."""
    draw(Motif(shape=CONCEPT, colour=colour, ground="white"), 90, 90, random.Random(0)).save(path)


def small_recipe(pictures: Path, **training: Json) -> dict[str, Json]:
    return {
        "project": PROJECT,
        "base_model": str(BASE),
        "datasets": [
            {
                "id": "concept",
                "instance_data_dir": str(pictures),
                "resolution": 64,
                "resolution_type": "pixel_area",
                "crop": False,
                "crop_style": "center",
                "minimum_image_size": 32,
                "caption_strategy": "textfile",
            }
        ],
        "captioning": {"tagger": str(TAGGER), "general_threshold": "0.5", "trigger_word": "zobkin"},
        "training": {
            "network_dim": 4,
            "network_alpha": 4,
            "learning_rate": "1e-3",
            "max_train_steps": 4,
            "train_batch_size": 2,
            "save_every_n_steps": 4,
            "sample_steps": 2,
            **training,
        },
    }
