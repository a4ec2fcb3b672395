"""What a start decides before anything runs: addresses and the store. What was chosen before is kept."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError, StateError, UnavailableError
from bakehouse.settings import ProcessSettings
from bakehouse.studio.blueprint import Places
from bakehouse.studio.home import Home
from bakehouse.studio.nats_server import NatsServer
from bakehouse.studio.ports import choose_address, choose_port
from bakehouse.studio.settings import StudioSettings, read_settings
from bakehouse.studio.state import StudioState

_PORT, _HTTP_PORT = 7700, 7701
_KNOCK_S = 5.0


def choose_places(home: Home, settings: StudioSettings, before: StudioState | None) -> Places:
    """Where everything of the coming run is; a store in a directory is made where there was none before.

    Args:
        home: of the studio.
        settings: what was asked for.
        before: what the last run of this home said; None for the first one.

    Raises:
        StateError: an address is in use, or the home belongs to another store.
        InvalidInputError: an address or the store's URL is none.
        UnavailableError: nobody answers where S3 is said to be.
    """
    return Places(
        listen=choose_address(
            settings.listen,
            kept=before.listen if before else "",
            preferred=_PORT,
            setting="--listen or BAKEHOUSE_LISTEN",
        ),
        http_listen=choose_address(
            settings.http_listen,
            kept=before.http_listen if before else "",
            preferred=_HTTP_PORT,
            setting="BAKEHOUSE_HTTP_LISTEN",
        ),
        store_url=_have_store(home, settings.store_url, before.store_url if before else ""),
        nats=NatsServer(
            folder=home.nats,
            port=choose_port((urlsplit(before.nats_url).port or 0) if before else 0),
            token=home.secret("nats-token"),
        ),
    )


def _have_store(home: Home, wanted: str, before: str) -> str:
    own = f"dir://{home.store}"
    url = wanted or before or own
    if before and url != before:
        raise StateError(
            f"{home.path} belongs to the store {before}; for {url} run another studio with --home, or leave "
            "--store and BAKEHOUSE_STORE_URL out"
        )
    if set("?#") & set(url):
        raise InvalidInputError(f"the store's URL {url} has a '?' or '#'; choose a folder without")
    scheme, _, path = url.partition("://")
    if scheme not in {"dir", "s3"} or (scheme == "dir" and not path.startswith("/")):
        raise InvalidInputError(f"{url!r} is no store; give dir:///absolute/path or s3://bucket[/prefix]")
    if scheme == "s3":
        _knock(read_settings(ProcessSettings).s3_endpoint)
    # A store elsewhere is made once only: if it is gone later, a disk may not be mounted.
    if url == own or (scheme == "dir" and not before):
        DirectoryStore(Path(path)).create()
    return url


def _knock(endpoint: str) -> None:
    """Look for S3 before anything is started: later only the gateway's log would say that it is away."""
    place = urlsplit(endpoint)
    if not place.hostname:  # AWS, or nonsense: the gateway says what is wrong with it
        return
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        socket.create_connection((place.hostname, port), timeout=_KNOCK_S).close()
    except OSError as error:
        raise UnavailableError(
            f"S3 at {endpoint} does not answer ({error.strerror or error}); start it, or set "
            "BAKEHOUSE_S3_ENDPOINT"
        ) from error
