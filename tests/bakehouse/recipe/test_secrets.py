"""Secrets in clear are found, and never shown."""

import pytest

from bakehouse.canonical_json import Json
from bakehouse.recipe.secrets import inline_secrets, sent_secrets


@pytest.mark.parametrize(
    "key",
    [
        "aws_access_key_id",
        "aws_secret_access_key",
        "wandb_api_key",
        "huggingface_token",
        "hub_token",
        "password",
        "apikey",
    ],
)
def test_a_secret_in_clear_is_found_at_any_depth(key: str) -> None:
    (found,) = inline_secrets({"datasets": [{"x": {key: "wpz-764e"}}]})
    assert found.place == f"datasets[0].x.{key}"
    assert found.text.startswith(f"{found.place}: a secret in clear")
    assert "wpz" not in found.text


@pytest.mark.parametrize(
    "value",
    [
        {"aws_secret_access_key": "secret://bucket"},
        {"aws_access_key_id": None},
        {"aws_access_key_id": ""},
        {"max_token_length": "75"},
        {"keep_tokens_separator": "|||"},
        {"key": "x"},
        "password",
    ],
)
def test_what_is_no_secret_in_clear_is_left_alone(value: Json) -> None:
    assert list(inline_secrets(value)) == []


def test_keys_that_the_client_keeps_are_not_sent() -> None:
    recipe = {"datasets": [{"aws_secret_access_key": "xyz", "aws_access_key_id": "wpz", "token": "abc"}]}
    assert [secret.place for secret in sent_secrets(recipe)] == ["datasets[0].token"]
    assert len(list(inline_secrets(recipe))) == 3
