"""The home folder: closed to others, its secrets kept, one studio at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.client.local import is_running
from bakehouse.errors import StateError, UnavailableError
from bakehouse.studio.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_nobody_else_may_look_in(home: Home) -> None:
    home.path.chmod(0o755)
    home.make()
    assert home.path.stat().st_mode & 0o777 == 0o700


def test_a_secret_is_made_once_and_for_its_owner(home: Home) -> None:
    secret = home.secret("key")
    assert (len(secret), home.secret("key")) == (64, secret)
    assert (home.path / "key").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_was_half_written_is_made_anew(home: Home) -> None:
    (home.path / ".key").write_text("half")
    assert len(home.secret("key")) == 64


def test_two_secrets_differ(home: Home) -> None:
    assert home.secret("a") != home.secret("b")


def test_a_home_is_claimed_once(home: Home) -> None:
    with home.claimed(), pytest.raises(StateError, match=str(os.getpid())), home.claimed():
        pass


def test_a_claim_ends_with_its_process_however_it_ends(home: Home) -> None:
    code = "import sys, os; from pathlib import Path; from bakehouse.studio.home import Home\n"
    code += "with Home(Path(sys.argv[1])).claimed(): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(home.path)], check=False)
    assert not is_running(home.path)
    with home.claimed():
        assert home.holder() == os.getpid()


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="--home"):
        Home(tmp_path / "file" / "home").make()
