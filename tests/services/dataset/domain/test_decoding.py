from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.canonical_json import canonical_digest
from bakehouse.errors import InvalidInputError
from services.dataset.domain.decoding import DECODE_DIGEST, DECODE_SPEC, PLAIN, Decoding, frame_numbers

OTHERS = [
    Decoding(background="#000000"),
    Decoding(with_mask=True),
    Decoding(frames=None),
    Decoding(frames=4),
    Decoding(fuzz=8),
    Decoding(fuzz=8.5),
]


def test_each_choice_is_in_the_key() -> None:
    digests = {canonical_digest(one.to_json()) for one in (PLAIN, *OTHERS)}
    assert len(digests) == len(OTHERS) + 1
    assert all(one.to_json().items() >= DECODE_SPEC.items() for one in OTHERS)
    assert canonical_digest(DECODE_SPEC) == DECODE_DIGEST


def test_a_colour_has_three_parts() -> None:
    assert Decoding(background="#0a64ff").colour == (10, 100, 255)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"background": "red"}, "alpha"),
        ({"background": "#FFF"}, "alpha"),
        ({"frames": 0}, "frames"),
        ({"frames": 1001}, "frames"),
        ({"fuzz": 0}, "trim"),
        ({"fuzz": 51}, "trim"),
    ],
)
def test_what_can_not_be_is_refused(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Decoding(**wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == field


def test_frames_are_evenly_spaced() -> None:
    assert [*frame_numbers(10, 4)] == [0, 3, 6, 9]
    assert [*frame_numbers(10, 1)] == [0]
    assert [*frame_numbers(3, None)] == [*frame_numbers(3, 7)] == [0, 1, 2]
    assert [*frame_numbers(0, None)] == []


@given(num=st.integers(1, 400), wanted=st.integers(2, 400))
def test_as_many_frames_as_asked_for_come_in_order(num: int, wanted: int) -> None:
    numbers = [*frame_numbers(num, wanted)]
    steps = {after - before for before, after in pairwise(numbers)}
    assert len(numbers) == min(num, wanted)
    assert (numbers[0], numbers[-1]) == (0, num - 1) or num == 1
    assert not steps or (min(steps) >= 1 and max(steps) - min(steps) <= 1)
