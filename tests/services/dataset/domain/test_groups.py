import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.groups import Groups

PAIRS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=15)


def joined(pairs: list[tuple[int, int]], size: int = 12) -> Groups:
    groups = Groups(size)
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    groups.join(left, right)
    return groups


@given(pairs=PAIRS)
def test_a_group_is_what_a_chain_of_pairs_joins(pairs: list[tuple[int, int]]) -> None:
    reached = np.eye(12, dtype=bool)
    for left, right in pairs:
        reached[left, right] = reached[right, left] = True
    for middle in range(12):
        reached |= reached[:, middle, None] & reached[middle]
    assert joined(pairs).labels.tolist() == [int(np.flatnonzero(row)[0]) for row in reached]


@given(pairs=PAIRS, more=PAIRS)
def test_pairs_may_come_in_any_order_and_in_parts(
    pairs: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    groups = joined(pairs)
    groups.join(*(np.array([pair[side] for pair in more], dtype=np.int64) for side in (0, 1)))
    assert groups.labels.tolist() == joined([*reversed(more), *pairs]).labels.tolist()


def test_a_long_chain_is_one_group() -> None:
    groups = Groups(10_000)
    chain = np.random.default_rng(0).permutation(10_000)
    groups.join(chain[1:], chain[:-1])
    assert set(groups.labels.tolist()) == {0}
    assert not groups.apart(chain[1:], chain[:-1]).any()
