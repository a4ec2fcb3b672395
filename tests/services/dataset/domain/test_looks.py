import numpy as np
import pytest

from bakehouse.cache.revisions import golden_problem
from services.dataset.domain.looks import Grey, dhash, phash, sharpness
from services.dataset.domain.pixel_rules import LOOKS_REVISION

GOLDENS = {1: "9b230b9ab6cbc7af82995a252394a8c40084c5bf317d6ca176c8771bba52af84"}


def waves(height: int, width: int, *, across: float = 2.0, down: float = 3.0) -> Grey:
    y, x = np.mgrid[0:height, 0:width]
    levels = 127 + 60 * np.sin(across * np.pi * x / width) + 60 * np.cos(down * np.pi * y / height)
    found: Grey = np.round(levels).astype(np.uint8)
    return found


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def slow_phash(grey: Grey) -> str:
    """The sum of the DCT-II's definition, term by term."""
    n = np.arange(32)
    low = np.array(
        [
            [
                (
                    grey
                    * np.cos(np.pi * u * (2 * n + 1) / 64)[:, None]
                    * np.cos(np.pi * v * (2 * n + 1) / 64)[None, :]
                ).sum()
                for v in range(8)
            ]
            for u in range(8)
        ]
    )
    low = np.rint(low / 32)
    bits = low > np.median(low.ravel()[1:])
    return f"{int(''.join('01'[bit] for bit in bits.ravel().astype(int)), 2):016x}"


def test_phash_is_the_low_frequencies_against_their_median() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (32, 32), dtype=np.uint8)
    for grey in (waves(32, 32), noise):
        assert phash(grey) == slow_phash(grey)
    assert bin(int(phash(noise), 16)).count("1") in {31, 32}


def test_phash_bears_brightness_and_noise_but_no_other_picture() -> None:
    random = np.random.default_rng(3)
    plain = random.integers(0, 200, (32, 32), dtype=np.uint8)
    assert distance(phash(plain), phash(plain + np.uint8(40))) == 0
    noisy = np.clip(plain + random.integers(-2, 3, plain.shape), 0, 255).astype(np.uint8)
    assert distance(phash(plain), phash(noisy)) <= 4
    assert distance(phash(plain), phash(random.integers(0, 200, (32, 32), dtype=np.uint8))) > 16


def test_what_is_symmetric_has_no_noise_for_a_hash() -> None:
    random = np.random.default_rng(6)
    half = np.round(np.kron(random.integers(40, 200, (4, 8)), np.ones((4, 4))))
    whole = np.concatenate([half, half[::-1]]).astype(np.uint8)  # odd frequencies downwards are 0
    noisy = (whole + random.integers(-1, 2, whole.shape)).astype(np.uint8)
    assert distance(phash(whole), phash(noisy)) <= 4


def test_one_colour_has_hashes_too() -> None:
    flat = np.full((32, 32), 200, np.uint8)
    assert phash(flat) == "8000000000000000"
    assert dhash(flat[:8, :9]) == "0000000000000000"


def test_dhash_is_where_it_gets_brighter() -> None:
    rising = np.tile(np.arange(9, dtype=np.uint8), (8, 1))
    assert dhash(rising) == "f" * 16
    assert dhash(rising[:, ::-1]) == "0" * 16
    rising[0, 1] = 0
    assert dhash(rising) == "7" + "f" * 15


def test_blur_lowers_sharpness() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (300, 512), dtype=np.uint8)
    blurred = (noise[:, :-1].astype(int) + noise[:, 1:]) // 2
    assert sharpness(noise) > 1.5 * sharpness(blurred.astype(np.uint8)) > 0


@pytest.mark.parametrize("shape", [(1, 512), (512, 1), (7, 7)])
def test_one_colour_has_no_sharpness(shape: tuple[int, int]) -> None:
    assert sharpness(np.full(shape, 77, np.uint8)) == 0


def test_sharpness_is_the_laplacians_variance() -> None:
    step = np.zeros((4, 6), np.uint8)
    step[:, 3:] = 10  # the Laplacian is 10 before the step and -10 behind it
    assert sharpness(step) == pytest.approx(2 * 100 / 6, abs=1e-3)


def test_the_revision_follows_the_numbers() -> None:
    grey = waves(32, 32)
    text = f"{phash(grey)} {dhash(waves(8, 9))} {sharpness(waves(300, 512))}"
    assert golden_problem(LOOKS_REVISION, text.encode(), GOLDENS) is None
