import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from bakehouse.errors import InvalidInputError
from demo.drawing import draw
from demo.file_formats import Format, save
from demo.grammar import Motif

PICTURE = draw(Motif(shape="star", colour="white", ground="black"), 96, 64, random.Random(1))


def shown(path: Path) -> Image.Image:
    """As a viewer shows the file: upright, over white, the first frame."""
    with Image.open(path) as opened:
        turned = ImageOps.exif_transpose(opened).convert("RGBA")
    white = Image.new("RGBA", turned.size, "white")
    white.alpha_composite(turned)
    return white.convert("RGB")


@pytest.mark.parametrize("file_format", [f for f in Format if f is not Format.PNG_CUT_OUT])
def test_a_file_shows_the_picture(file_format: Format, tmp_path: Path) -> None:
    path = tmp_path / f"picture{file_format.suffix}"
    save(PICTURE, path, file_format)
    difference = np.abs(np.asarray(shown(path), dtype=float) - np.asarray(PICTURE, dtype=float))
    assert difference.mean() < 6


def test_the_formats_are_what_their_names_say(tmp_path: Path) -> None:
    read: dict[Format, tuple[str | None, str, int, int]] = {}
    for file_format in Format:
        path = tmp_path / f"{file_format.value}{file_format.suffix}"
        save(PICTURE, path, file_format)
        with Image.open(path) as opened:
            turn = opened.getexif().get(0x0112, 1)
            read[file_format] = (opened.format, opened.mode, turn, getattr(opened, "n_frames", 1))
    assert read[Format.PNG_RGBA] == ("PNG", "RGBA", 1, 1)
    assert read[Format.PNG_GREY] == ("PNG", "L", 1, 1)
    assert read[Format.JPEG_CMYK] == ("JPEG", "CMYK", 1, 1)
    assert read[Format.JPEG_TURNED_RIGHT] == ("JPEG", "RGB", 6, 1)
    assert read[Format.JPEG_TURNED_LEFT] == ("JPEG", "RGB", 8, 1)
    assert read[Format.JPEG_UPSIDE_DOWN] == ("JPEG", "RGB", 3, 1)
    assert read[Format.WEBP] == ("WEBP", "RGB", 1, 1)
    assert (read[Format.GIF_ANIMATED][0], read[Format.GIF_ANIMATED][3]) == ("GIF", 4)


def test_a_cut_out_picture_is_see_through_at_its_rim(tmp_path: Path) -> None:
    save(PICTURE, tmp_path / "a.png", Format.PNG_CUT_OUT)
    with Image.open(tmp_path / "a.png") as opened:
        alpha = np.asarray(opened.getchannel("A"))
    assert alpha[0].max() == 0
    assert alpha[32, 48] == 255


def test_a_wrong_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"ends in \.png"):
        save(PICTURE, tmp_path / "a.jpg", Format.PNG)
