"""What a start decides: the store and the addresses, and that they stay."""

import socket
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import InvalidInputError, StateError, UnavailableError
from bakehouse.studio.blueprint import Places
from bakehouse.studio.home import Home
from bakehouse.studio.prepare import choose_places
from bakehouse.studio.settings import StudioSettings
from bakehouse.studio.state import StudioState
from tests.ports import free_port


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def choose(home: Home, before: StudioState | None = None, **settings: Any) -> Places:
    return choose_places(home, StudioSettings.model_validate(settings), before)


def state_of(places: Places) -> StudioState:
    """What the run in these places says."""
    return StudioState(
        version="1",
        pid=1,
        started_ms=1,
        listen=str(places.listen),
        http_listen=str(places.http_listen),
        nats_url=places.nats.url,
        store_url=places.store_url,
    )


def test_the_next_run_is_where_the_last_one_was(home: Home) -> None:
    first = choose(home, listen="127.0.0.1:0", http_listen="127.0.0.1:0")
    assert choose(home, state_of(first)) == first


def test_the_store_is_made_in_the_home(home: Home) -> None:
    assert choose(home, listen="127.0.0.1:0").store_url == f"dir://{home.store}"
    assert home.store.is_dir()


def test_a_store_elsewhere_is_made_once_and_never_again(home: Home, tmp_path: Path) -> None:
    url = f"dir://{tmp_path}/elsewhere"
    first = choose(home, listen="127.0.0.1:0", store_url=url)
    assert (tmp_path / "elsewhere").is_dir()
    (tmp_path / "elsewhere").rename(tmp_path / "unmounted")
    assert choose(home, state_of(first)).store_url == url
    assert not (tmp_path / "elsewhere").exists()


def test_a_home_keeps_its_store(home: Home, tmp_path: Path) -> None:
    first = choose(home, listen="127.0.0.1:0")
    with pytest.raises(StateError, match="--home"):
        choose(home, state_of(first), store_url=f"dir://{tmp_path}/other")


@pytest.mark.parametrize("url", ["ftp://x", "dir://relative", "/plain", "dir:///a?b", "dir:///a#b"])
def test_what_is_no_store_is_refused(home: Home, url: str) -> None:
    with pytest.raises(InvalidInputError):
        choose(home, listen="127.0.0.1:0", store_url=url)


def test_s3_that_is_away_is_said_before_anything_starts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("BAKEHOUSE_S3_ENDPOINT", endpoint)
    with pytest.raises(UnavailableError) as caught:
        choose(home, listen="127.0.0.1:0", store_url="s3://bucket")
    assert caught.value.message.startswith(f"S3 at {endpoint} does not answer (Connection refused); start it")


def test_s3_that_answers_is_taken(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("BAKEHOUSE_S3_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        assert choose(home, listen="127.0.0.1:0", store_url="s3://bucket").store_url == "s3://bucket"
