"""Tokens: who is let in, and how the file of them is kept."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError, UnauthenticatedError, UnavailableError
from bakehouse.rpc.tokens import Principal, TokenFile, bootstrap_tokens, new_token, write_tokens

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_a_token_that_is_kept_is_let_in(file: Path) -> None:
    token, kept = new_token(projects=("p",), scopes=("read",), expires=TOMORROW)
    write_tokens(file, [kept])
    assert TokenFile(file).authenticate(token) == Principal(
        token_id=kept.id, projects=frozenset({"p"}), scopes=frozenset({"read"})
    )


def test_only_its_owner_can_read_the_file(file: Path) -> None:
    write_tokens(file, [])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_does_not_hold_the_token(file: Path) -> None:
    token, kept = new_token()
    write_tokens(file, [kept])
    assert token.rpartition("_")[2] not in file.read_text()


@pytest.mark.parametrize(
    "changed",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token.replace("bh_", "bh-"),
        lambda token: "bh_unknown_" + token.rpartition("_")[2],
        lambda token: token.upper(),
        lambda token: f"{token},{token}",
        lambda token: token + "\n",
        lambda token: "bh__" + "0" * 64,
    ],
)
def test_any_other_text_is_refused_in_the_same_words(file: Path, changed: Callable[[str], str]) -> None:
    token, kept = new_token()
    write_tokens(file, [kept])
    with pytest.raises(UnauthenticatedError, match=r"^no valid token; send metadata"):
        TokenFile(file).authenticate(changed(token))


def test_an_expired_token_is_refused_in_the_same_words(file: Path) -> None:
    token, kept = new_token(expires=YESTERDAY)
    write_tokens(file, [kept])
    with pytest.raises(UnauthenticatedError, match=r"^no valid token; send metadata"):
        TokenFile(file).authenticate(token)


def test_a_token_that_is_taken_out_of_the_file_is_refused_from_then_on(file: Path) -> None:
    token, kept = new_token()
    write_tokens(file, [kept])
    tokens = TokenFile(file)
    tokens.authenticate(token)
    write_tokens(file, [])
    with pytest.raises(UnauthenticatedError):
        tokens.authenticate(token)


def test_a_token_that_is_added_is_let_in_from_then_on(file: Path) -> None:
    write_tokens(file, [])
    tokens = TokenFile(file)
    token, kept = new_token()
    with pytest.raises(UnauthenticatedError):
        tokens.authenticate(token)
    write_tokens(file, [kept])
    assert tokens.authenticate(token).token_id == kept.id


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": 2, "tokens": []}', '{"schema": 1, "tokens": [{}]}']
)
def test_a_file_that_is_none_lets_nobody_in_until_it_is_mended(file: Path, text: str) -> None:
    token, kept = new_token()
    write_tokens(file, [kept])
    tokens = TokenFile(file)
    file.write_text(text)
    with pytest.raises(UnavailableError):
        tokens.authenticate(token)
    write_tokens(file, [kept])
    assert tokens.authenticate(token).token_id == kept.id


def test_a_file_that_is_gone_lets_nobody_in(file: Path) -> None:
    token, _ = new_token()
    with pytest.raises(UnavailableError) as caught:
        TokenFile(file).authenticate(token)
    assert str(file) not in caught.value.message


def test_a_time_without_a_zone_is_no_time(file: Path) -> None:
    token, kept = new_token(expires=TOMORROW)
    write_tokens(file, [kept])
    file.write_text(file.read_text().replace("Z", "").replace("+00:00", ""))
    with pytest.raises(UnavailableError):
        TokenFile(file).authenticate(token)


def test_the_first_start_makes_a_token_that_may_do_everything(file: Path) -> None:
    bootstrap_tokens(file)
    principal = TokenFile(file).authenticate(file.with_name("token").read_text())
    assert principal.has_scope("admin")
    assert principal.has_scope("write")
    assert principal.may_see("any-project")


def test_the_generated_token_is_its_owners_alone(file: Path) -> None:
    bootstrap_tokens(file)
    assert stat.S_IMODE(file.with_name("token").stat().st_mode) == 0o600


def test_the_second_start_changes_nothing(file: Path) -> None:
    write_tokens(file, [])
    bootstrap_tokens(file)
    assert not file.with_name("token").exists()


def test_a_start_that_was_killed_half_way_is_finished(file: Path) -> None:
    token, _ = new_token()
    file.with_name("token").write_text(token)
    bootstrap_tokens(file)
    assert TokenFile(file).authenticate(token).has_scope("admin")


def test_a_file_beside_it_that_holds_no_token_is_named(file: Path) -> None:
    file.with_name("token").write_text("secret cake")
    with pytest.raises(InvalidInputError, match="token") as caught:
        bootstrap_tokens(file)
    assert "cake" not in caught.value.message


def test_starts_at_once_end_with_one_token(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bootstrap_tokens, [file] * 8))
    assert TokenFile(file).authenticate(file.with_name("token").read_text()).has_scope("admin")
    assert {path.name for path in file.parent.iterdir()} == {"tokens.json", "token"}


def test_a_principal_sees_its_projects_and_no_other() -> None:
    principal = Principal(token_id="t", projects=frozenset({"p"}), scopes=frozenset({"read"}))
    assert principal.may_see("p")
    assert not principal.may_see("q")
    assert not principal.has_scope("write")
