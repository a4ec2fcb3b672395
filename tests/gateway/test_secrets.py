"""Secrets in what somebody sends."""

import pytest

from bakehouse.errors import InvalidInputError
from gateway.secrets import refuse_secrets


def test_all_of_them_are_named_and_none_is_shown() -> None:
    with pytest.raises(InvalidInputError) as caught:
        refuse_secrets({"a": {"password": "wpz1"}, "token": "wpz2"}, place="job.spec", field="job.spec")
    assert caught.value.field == "job.spec"
    assert ["job.spec.a.password" in caught.value.message, "job.spec.token" in caught.value.message] == [
        True
    ] * 2
    assert "wpz" not in caught.value.message


def test_where_there_are_none_nothing_is_said() -> None:
    refuse_secrets({"max_token_length": "75", "keep_tokens": "1"}, place="x", field="x")
