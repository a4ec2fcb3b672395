from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.secret_values import SecretValues, variable_of


def test_a_secret_is_in_the_environment_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "cats-key").write_text("from a file\n")
    environment = {"BAKEHOUSE_SECRET_DOG_KEY": "bone", "BAKEHOUSE_SECRETS_DIR": str(tmp_path)}
    secrets = SecretValues({**environment, "AWS_SECRET_ACCESS_KEY": "aws"})
    assert secrets.resolve("secret://dog-key") == "bone"
    assert secrets.resolve("secret://cats-key") == "from a file"
    assert sorted(secrets.values()) == ["aws", "bone", "from a file"]


def test_a_secret_that_nobody_keeps_is_named_with_its_variable(tmp_path: Path) -> None:
    for environment in ({}, {"BAKEHOUSE_SECRETS_DIR": str(tmp_path / "gone")}):
        secrets = SecretValues(environment)
        with pytest.raises(InvalidInputError, match="set BAKEHOUSE_SECRET_CATS_KEY in its environment"):
            secrets.resolve("secret://cats-key")
        assert list(secrets.values()) == []


@pytest.mark.parametrize("reference", ["cats", "secret://", "secret://../x", "secret://A b", "https://x"])
def test_what_is_no_reference_is_refused_and_not_shown(reference: str) -> None:
    with pytest.raises(InvalidInputError, match="a secret's reference is secret://NAME"):
        SecretValues({}).resolve(reference)


def test_a_name_has_its_variable() -> None:
    assert variable_of("cats-aws-secret-access-key") == "BAKEHOUSE_SECRET_CATS_AWS_SECRET_ACCESS_KEY"
