import pytest

from bakehouse.errors import CapacityError, CorruptionError, InvalidInputError, UnavailableError
from bakehouse.jobs.failures import ConfigError, FailureClass, classify, reason_of


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConfigError("no model"), FailureClass.CONFIG),
        (MemoryError(), FailureClass.MEMORY),
        (UnavailableError("away"), FailureClass.UNAVAILABLE),
        (CapacityError("full"), FailureClass.UNAVAILABLE),
        (InvalidInputError("broken"), FailureClass.INPUT),
        (CorruptionError("flipped"), FailureClass.INPUT),
        (KeyError("x"), FailureClass.BUG),
    ],
)
def test_classes(error: Exception, expected: FailureClass) -> None:
    assert classify(error) is expected


def test_our_own_messages_are_told_and_others_are_not() -> None:
    assert reason_of(InvalidInputError("broken; mend it")) == "broken; mend it"
    assert "canary" not in reason_of(KeyError("canary"))
    assert "KeyError" in reason_of(KeyError("canary"))
