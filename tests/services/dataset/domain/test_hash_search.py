import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.groups import Groups
from services.dataset.domain.hash_search import MOST_DISTANCE, Hashes, alike


def near_words(
    seed: int, num_words: int, num_centres: int, most_bits: int
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Words around a few centres, each some bits away."""
    random = np.random.default_rng(seed)
    centres = random.integers(0, 2**64, num_centres, dtype=np.uint64)
    words = centres[random.integers(0, num_centres, num_words)]
    for _ in range(most_bits):
        words = words ^ (
            np.uint64(1) << random.integers(0, 64, num_words, dtype=np.uint64)
        ) * random.integers(0, 2, num_words, dtype=np.uint64)
    return words


def hashes(seed: int, num_words: int = 120, *, num_centres: int = 4, most_bits: int = 8) -> Hashes:
    return Hashes(
        phash=near_words(seed, num_words, num_centres, most_bits),
        dhash=near_words(seed + 1, num_words, 2, most_bits),
    )


def one_by_one(found: Hashes, distance: int) -> list[int]:
    groups = Groups(len(found))
    left, right = np.triu_indices(len(found), 1)
    is_near = found.near(left, right, distance)
    groups.join(left[is_near], right[is_near])
    return [*groups.labels]


@pytest.mark.parametrize("distance", [0, 1, 4, 7, MOST_DISTANCE])
@given(seed=st.integers(0, 10_000), most_bits=st.integers(0, 12))
def test_groups_are_those_of_comparing_each_with_each(distance: int, seed: int, most_bits: int) -> None:
    found = hashes(seed, 60, most_bits=most_bits)
    assert alike(found, distance).tolist() == one_by_one(found, distance)


@given(seed=st.integers(0, 10_000), distance=st.integers(0, MOST_DISTANCE))
def test_a_group_is_an_equivalence_and_does_not_depend_on_the_order(seed: int, distance: int) -> None:
    found = hashes(seed, 60)
    labels = alike(found, distance)
    assert (labels[labels] == labels).all()
    assert (labels <= np.arange(len(labels))).all()
    order = np.random.default_rng(seed).permutation(len(found))
    turned = alike(found.take(order), distance)
    together = labels[order][:, None] == labels[order][None, :]
    assert ((turned[:, None] == turned[None, :]) == together).all()


def test_both_hashes_must_be_near() -> None:
    words = np.array([0, 0b1111, 0], dtype=np.uint64)
    others = np.array([0, 0b1111, 0b11111], dtype=np.uint64)
    assert alike(Hashes(phash=words, dhash=others), 4).tolist() == [0, 0, 0]  # by way of the second
    assert alike(Hashes(phash=words[[0, 2]], dhash=others[[0, 2]]), 4).tolist() == [0, 1]


def test_many_equal_pictures_are_no_more_work_than_one() -> None:
    blank = np.zeros(200_000, dtype=np.uint64)
    assert not alike(Hashes(phash=blank, dhash=blank), 4).any()


def test_a_pile_is_compared_by_blocks() -> None:
    """3,000 pictures of which all share the lowest band: 4.5 million pairs."""
    random = np.random.default_rng(0)
    high = random.integers(0, 2**30, 3000, dtype=np.uint64) << np.uint64(34)
    found = Hashes(phash=high, dhash=high[::-1].copy())
    assert len(set(alike(found, 4).tolist())) > 2900


def test_nothing_is_alike_in_nothing() -> None:
    none = np.array([], dtype=np.uint64)
    assert alike(Hashes(phash=none, dhash=none), 4).tolist() == []
