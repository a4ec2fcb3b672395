"""Pictures made for other tools."""

from io import BytesIO

import pytest
from PIL import Image

from bakehouse.cache.revisions import golden_problem
from services.dataset.adapters.padding import PillowRenderer
from services.dataset.domain.rendering import RENDER_REVISION, Rendering


def png(size: tuple[int, int]) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(data, "PNG")
    return data.getvalue()


def rendered(size: tuple[int, int], wanted: Rendering) -> Image.Image:
    return Image.open(BytesIO(PillowRenderer().render(png(size), wanted)))


@pytest.mark.parametrize(("size", "corner"), [((60, 20), (0, 0)), ((21, 60), (0, 0))])
def test_a_picture_stands_in_the_middle_of_its_square(size: tuple[int, int], corner: tuple[int, int]) -> None:
    made = rendered(size, Rendering(pad="square", background="#0000ff"))
    assert (made.size, made.mode, made.format) == ((60, 60), "RGB", "PNG")
    assert (made.getpixel(corner), made.getpixel((30, 30))) == ((0, 0, 255), (200, 10, 10))
    red = [pixel for pixel in made.convert("RGB").get_flattened_data() if pixel == (200, 10, 10)]
    assert len(red) == size[0] * size[1]


def test_what_is_not_padded_keeps_its_size() -> None:
    assert rendered((60, 20), Rendering()).size == (60, 20)
    assert rendered((20, 20), Rendering(pad="square")).size == (20, 20)


def test_what_comes_out_has_its_revision() -> None:
    made = rendered((7, 4), Rendering(pad="square", background="#00ff00"))
    goldens = {1: "49729e88b67cb54014239b49118b3350f1bacf772b1c54bf12cbd2f2d166453a"}
    assert golden_problem(RENDER_REVISION, made.tobytes(), goldens) is None
