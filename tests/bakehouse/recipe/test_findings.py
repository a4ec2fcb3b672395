"""All that is wrong is said at once."""

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.keys import Checked


def fail() -> int:
    raise InvalidInputError("it is not there; name another")


def test_problems_are_gathered_and_said_once_each() -> None:
    findings = Findings()
    assert findings.attempt("base", fail) is None
    findings.take(Checked(values={}, problems=("a: wrong", "a: wrong"), remarks=("b",)))
    with pytest.raises(InvalidInputError, match=r"^r: base: it is not there; name another; a: wrong$"):
        findings.refuse("r")
    assert findings.remarks == ["b"]


def test_where_nothing_is_wrong_nothing_is_refused() -> None:
    findings = Findings()
    assert findings.attempt("base", lambda: 3) == 3
    findings.refuse("r")


def test_of_a_secrets_key_nothing_else_is_said() -> None:
    findings = Findings()
    findings.look_for_secrets({"hub_token": "abc"}, place="training")
    findings.take(Checked(values={}, problems=("training.hub_token: unknown; did you mean x?", "b: wrong")))
    with pytest.raises(InvalidInputError) as caught:
        findings.refuse("r")
    assert caught.value.message.startswith("r: training.hub_token: a secret in clear, which would be stored;")
    assert ("did you mean" in caught.value.message, caught.value.message.endswith("; b: wrong")) == (
        False,
        True,
    )
