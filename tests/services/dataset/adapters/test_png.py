import io

import pytest
from PIL import Image

from services.dataset.adapters.png import write_png

NOISE = Image.effect_noise((61, 37), 90)


@pytest.mark.parametrize("size", [(61, 37), (1, 1), (1, 9), (9, 1)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pillow_reads_what_was_written(mode: str, size: tuple[int, int]) -> None:
    picture = NOISE.convert("HSV").convert("RGB").convert(mode).resize(size)
    data = write_png(picture)
    Image.open(io.BytesIO(data)).verify()
    found = Image.open(io.BytesIO(data))
    assert (found.format, found.mode, found.size, found.info) == ("PNG", mode, size, {})
    assert found.tobytes() == picture.tobytes()


def test_it_is_about_as_small_as_pillows() -> None:
    smooth = Image.linear_gradient("L").resize((600, 400)).convert("RGB")
    pillows = io.BytesIO()
    smooth.save(pillows, "PNG", compress_level=1)
    assert len(write_png(smooth)) < 1.3 * len(pillows.getvalue())
