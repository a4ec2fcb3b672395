import hashlib
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.draws import DRAW_REVISION, Draws

GOLDENS = {1: "8764c12128055bc0c3a89d37863029f31dc5e5bf925a5a88acaa72d5ee10ce57"}
IDS = [sample_id("cats", f"{n}.png") for n in range(500)]
ALL = np.arange(500)


def draws(number: int = 0, seed: int = 0) -> Draws:
    return Draws(seed=seed, sample_ids=IDS, number=number)


def below(limit: int, **which: int) -> list[int]:
    found: list[int] = draws(**which).below(np.full(500, limit), "left", ALL).tolist()
    return found


def test_a_draw_depends_on_seed_sample_number_and_name() -> None:
    first = draws().fraction("left", ALL)
    others = [draws(number=1).fraction("left", ALL), draws(seed=1).fraction("left", ALL)]
    others.append(draws().fraction("top", ALL))
    assert first.tolist() == draws().fraction("left", ALL).tolist()
    assert len({*first.tolist()}.union(*(other.tolist() for other in others))) == 2000


def test_a_row_is_drawn_as_it_is_among_others() -> None:
    alone = Draws(seed=0, sample_ids=IDS[7:8]).fraction("left", np.array([0]))
    assert alone[0] == draws().fraction("left", ALL)[7] == draws().part(5, 9).fraction("left", ALL[2:3])[0]


def test_it_is_even_and_within_its_limits() -> None:
    assert set(below(1)) == {0}
    assert all(60 < below(5).count(number) < 140 for number in range(5))
    fractions = draws().fraction("left", ALL)
    assert fractions.min() >= 0
    assert fractions.max() < 1


@given(limit=st.integers(1, 2**31 - 1), seed=st.integers(0, 2**53 - 1))
def test_numbers_are_the_upper_bits_of_the_whole_product(limit: int, seed: int) -> None:
    text = b"bakehouse draw 1\0" + struct.pack(">qI", seed, 0) + IDS[0] + b"left"
    bits = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    found = Draws(seed=seed, sample_ids=IDS[:1])
    assert found.below(np.array([limit]), "left", ALL[:1]).tolist() == [bits * limit >> 64]
    assert found.fraction("left", ALL[:1]).tolist() == [(bits >> 11) * 2.0**-53]


def test_the_revision_follows_the_numbers() -> None:
    text = " ".join(str(number) for number in below(1000, number=3, seed=7))
    assert golden_problem(DRAW_REVISION, text.encode(), GOLDENS) is None
