import io

import pytest
from PIL import Image

from services.dataset.adapters.looks import fitted, looks_of
from tests.services.dataset.pictures import two_halves

NOISE = Image.effect_noise((900, 700), 80).convert("RGB")


@pytest.mark.parametrize(
    ("size", "edge", "expected"),
    [((900, 700), 512, (512, 398)), ((10, 3000), 256, (1, 256)), ((1, 1), 512, (512, 512))],
)
def test_a_size_is_fitted_to_its_longer_edge(
    size: tuple[int, int], edge: int, expected: tuple[int, int]
) -> None:
    assert fitted(size, edge) == expected


@pytest.mark.parametrize("size", [(1, 1), (2, 5000), (5000, 2), (300, 200), (256, 1000)])
def test_every_shape_has_looks(size: tuple[int, int]) -> None:
    looks = looks_of(two_halves(*size))
    thumbnail = Image.open(io.BytesIO(looks.thumbnail))
    assert max(thumbnail.size) == min(256, max(size))
    assert len(bytes.fromhex(looks.phash)) == len(bytes.fromhex(looks.dhash)) == 8
    assert looks.sharpness >= 0


def test_a_smaller_copy_looks_alike() -> None:
    detailed = Image.effect_mandelbrot((1600, 1200), (-2, -1.2, 1, 1.2), 80).convert("RGB")
    one, other = looks_of(detailed), looks_of(detailed.resize((800, 600), Image.Resampling.LANCZOS))
    for mine, its in ((one.phash, other.phash), (one.dhash, other.dhash)):
        assert (int(mine, 16) ^ int(its, 16)).bit_count() <= 2
    assert abs(one.sharpness - other.sharpness) < 0.3 * one.sharpness


def test_an_enlarged_picture_is_not_sharp() -> None:
    small = NOISE.resize((90, 70))
    assert looks_of(small).sharpness < looks_of(NOISE).sharpness
