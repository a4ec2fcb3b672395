import re

import pytest

import bakehouse.errors as errors
from bakehouse.errors import BakehouseError, CapacityError, InvalidInputError

CLASSES = BakehouseError.__subclasses__()


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = re.findall(r"── (\w+)", errors.__doc__ or "")
    assert drawn == [found.__name__ for found in CLASSES if found.__module__ == errors.__name__]


def test_every_error_has_a_reason_of_its_own() -> None:
    reasons = [found.reason for found in CLASSES]
    assert len(set(reasons)) == len(reasons)
    assert BakehouseError.reason not in reasons


@pytest.mark.parametrize("kind", [found for found in CLASSES if found.__module__ == errors.__name__])
def test_an_error_keeps_its_message_and_fields(kind: type[BakehouseError]) -> None:
    error = kind("cat.png: too thin; crop it", fields={"file": "cat.png"})
    assert (str(error), error.message, error.fields) == (
        error.message,
        "cat.png: too thin; crop it",
        {"file": "cat.png"},
    )


def test_an_error_tells_programs_where_and_when() -> None:
    assert InvalidInputError("no", field="job.spec").field == "job.spec"
    assert CapacityError("full", retry_after_s=2.5).retry_after_s == 2.5
