from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import digest_bytes
from services.encoder.domain.crop import (
    MAX_BATCH_ITEMS,
    Crop,
    batch_items,
    cut_units,
)

SIZES = [(64, 48), (48, 64), (512, 512), (1024, 1024)]


def crop(number: int, size: tuple[int, int] = (64, 48), **changes: Any) -> Crop:
    values: dict[str, Any] = {
        "key": digest_bytes(str(number).encode()),
        "picture": digest_bytes(b"picture"),
        "resize_width": size[0],
        "resize_height": size[1],
        "x": 0,
        "y": 0,
        "width": size[0],
        "height": size[1],
        "flip": False,
    }
    return Crop(**{**values, **changes})


def test_small_crops_share_a_batch_and_large_ones_do_not() -> None:
    assert [batch_items(*size) for size in SIZES] == [16, 16, 4, 1]


@given(st.lists(st.sampled_from(SIZES), max_size=80), st.integers(1, 40))
def test_every_crop_is_in_one_batch_of_its_size(sizes: list[tuple[int, int]], unit_items: int) -> None:
    crops = [crop(number, size) for number, size in enumerate(sizes)]
    units = [*cut_units(crops, unit_items=unit_items)]
    batches = [batch for unit in units for batch in unit.batches]
    assert sorted(c.key for batch in batches for c in batch) == sorted(c.key for c in crops)
    assert all(len({(c.width, c.height) for c in batch}) == 1 for batch in batches)
    assert all(len(unit.batches) for unit in units)
    assert all(sum(map(len, unit.batches)) < unit_items + MAX_BATCH_ITEMS for unit in units)


@given(st.lists(st.sampled_from(SIZES), max_size=80), st.integers(1, 40), st.integers(1, 40))
def test_batches_do_not_depend_on_how_large_units_are(
    sizes: list[tuple[int, int]], one: int, other: int
) -> None:
    crops = [crop(number, size) for number, size in enumerate(sizes)]
    first, second = (
        {batch for unit in cut_units(crops, unit_items=items) for batch in unit.batches}
        for items in (one, other)
    )
    assert first == second
