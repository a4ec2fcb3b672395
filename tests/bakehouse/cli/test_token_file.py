"""Changes of the tokens file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.cli.token_file import add_token, read_tokens, remove_token
from bakehouse.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from bakehouse.rpc.tokens import TokenFile, new_token


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_a_token_that_was_added_counts(path: Path) -> None:
    token, kept = new_token(projects=("p",), scopes=("read",))
    add_token(path, kept)
    assert TokenFile(path).authenticate(token).token_id == kept.id


def test_a_token_that_was_removed_counts_no_more(path: Path) -> None:
    token, kept = new_token()
    add_token(path, kept)
    remove_token(path, kept.id)
    with pytest.raises(UnauthenticatedError):
        TokenFile(path).authenticate(token)


def test_two_changes_at_once_are_both_made(path: Path) -> None:
    tokens = [new_token()[1] for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda token: add_token(path, token), tokens))
    assert {token.id for token in read_tokens(path)} == {token.id for token in tokens}


def test_what_is_not_there_can_not_be_removed(path: Path) -> None:
    add_token(path, new_token()[1])
    with pytest.raises(NotFoundError, match="token list"):
        remove_token(path, "nobody")


@pytest.mark.parametrize("text", [None, "no JSON", '{"schema": 99}'])
def test_a_file_that_is_none_is_left_alone(path: Path, text: str | None) -> None:
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidInputError, match="--tokens-file"):
        remove_token(path, "x")
    assert not path.exists() or path.read_text() == text


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nowhere"):
        add_token(tmp_path / "nowhere" / "tokens.json", new_token()[1])
