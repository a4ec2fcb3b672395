import pytest

from bakehouse.dataset_config.option import Option, Standing, out_of_range
from bakehouse.kinds import Kind


def option(low: float | None = None, high: float | None = None) -> Option:
    return Option(kind=Kind.DECIMAL, says="a number", low=low, high=high)


@pytest.mark.parametrize(
    ("low", "high", "value", "says"),
    [
        (None, None, -1e9, ""),
        (0, None, 0, ""),
        (0, None, -0.5, "give 0 or more"),
        (None, 8, 9, "give at most 8"),
        (1, 9, 10, "give 1 to 9"),
        (1, 9, 0, "give 1 to 9"),
        (1, 9, 9, ""),
    ],
)
def test_a_number_is_within_its_range(low: float | None, high: float | None, value: float, says: str) -> None:
    assert out_of_range(option(low, high), value) == says


def test_a_key_is_honoured_unless_it_says_otherwise() -> None:
    assert option().is_honoured
    assert not Option(kind=Kind.TEXT, says="", standing=Standing.REPLACED).is_honoured
