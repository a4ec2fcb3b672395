"""How a client finds its studio."""

import json
from pathlib import Path

import pytest

from bakehouse.client.local import find_studio, is_running, local_studio
from bakehouse.errors import UnavailableError
from bakehouse.studio.home import Home
from bakehouse.studio.state import StudioState, write_state


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ADDRESS", "TOKEN", "HOME", "TLS_CA"):
        monkeypatch.delenv(f"BAKEHOUSE_{name}", raising=False)


def made_home(path: Path) -> Home:
    home = Home(path)
    home.make()
    home.token_file.write_text("bh_local\n")
    write_state(home.state_file, StudioState(version="1", pid=1, started_ms=1, address="127.0.0.1:7"))
    return home


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_ADDRESS", "there:1")
    monkeypatch.setenv("BAKEHOUSE_TOKEN", "bh_there")
    assert find_studio("here:1").address == "here:1"
    assert find_studio().address == "there:1"


def test_nobody_is_found_where_nobody_runs() -> None:
    with pytest.raises(UnavailableError, match="bakehouse up"):
        find_studio()


def test_the_studio_of_this_folder_is_found_with_its_token(tmp_path: Path) -> None:
    with made_home(tmp_path / ".bakehouse").claimed():
        place = find_studio()
    assert (place.address, place.token) == ("127.0.0.1:7", "bh_local")


def test_the_local_token_is_not_sent_elsewhere(tmp_path: Path) -> None:
    with made_home(tmp_path / ".bakehouse").claimed():
        assert find_studio("elsewhere:1").token == ""


def test_a_token_of_the_environment_is_used_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_TOKEN", "bh_mine")
    with made_home(tmp_path / ".bakehouse").claimed():
        assert find_studio().token == "bh_mine"


def test_a_home_that_nobody_holds_is_not_running(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    with home.claimed():
        pass
    assert not is_running(home.path)


def test_a_studio_that_says_nothing_yet_is_waited_for(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    home.state_file.write_text(json.dumps({}))
    with pytest.raises(UnavailableError, match="try again"):
        local_studio(home.path)
