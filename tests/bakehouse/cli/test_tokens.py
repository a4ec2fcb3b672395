"""`bakehouse token`."""

import json
from pathlib import Path

import pytest

from bakehouse.cli.tokens import Scope, create, list_tokens, revoke
from bakehouse.errors import InvalidInputError
from bakehouse.rpc.tokens import TokenFile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_a_token_is_printed_once_and_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create(project=["p", "q"], scope=[Scope.READ], tokens_file=file)
    principal = TokenFile(file).authenticate(capsys.readouterr().out.strip())
    assert (principal.projects, principal.scopes) == (frozenset({"p", "q"}), frozenset({"read"}))


def test_a_list_shows_no_secret(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create(days=3, tokens_file=file, as_json=True)
    made = json.loads(capsys.readouterr().out)
    list_tokens(tokens_file=file)
    shown = capsys.readouterr().out
    assert made["id"] in shown
    assert made["token"].rpartition("_")[2] not in shown


def test_a_list_is_json_for_programs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create(tokens_file=file)
    capsys.readouterr()
    list_tokens(tokens_file=file, as_json=True)
    (token,) = json.loads(capsys.readouterr().out)
    assert (token["projects"], token["scopes"], token["expires"]) == ("all", ["read", "write"], None)


def test_a_revoked_token_is_listed_no_more(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create(tokens_file=file, as_json=True)
    revoke(json.loads(capsys.readouterr().out)["id"], tokens_file=file)
    list_tokens(tokens_file=file, as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_a_project_that_is_no_id_is_refused(file: Path) -> None:
    with pytest.raises(InvalidInputError, match="--project"):
        create(project=["No!"], tokens_file=file)
