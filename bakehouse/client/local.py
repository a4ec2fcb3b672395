"""Finds a studio: the one that is named, or the one that `bakehouse up` runs here. Knows no gRPC."""

import fcntl
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse.errors import UnavailableError

HOME_VARIABLE = "BAKEHOUSE_HOME"
ADDRESS_VARIABLE = "BAKEHOUSE_ADDRESS"
TOKEN_VARIABLE = "BAKEHOUSE_TOKEN"  # noqa: S105 - a variable's name
CA_VARIABLE = "BAKEHOUSE_TLS_CA"

STATE_FILE = "studio.json"
TOKEN_FILE = "token"  # noqa: S105 - a file's name
LOCK_FILE = "lock"

_DEFAULT_HOME = Path(".bakehouse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a studio is. The address is `host:port`, or `https://host:port` where it speaks TLS.

    `ca` is the file of the authority that its certificate is to be checked by; empty for the public ones.
    """

    address: str
    token: str
    ca: str = ""


def find_studio(address: str | None = None, token: str | None = None) -> Place:
    """The studio at `address`, else at BAKEHOUSE_ADDRESS, else the one that runs in the home folder.

    The local studio's token goes to the local studio only.

    Raises:
        UnavailableError: none is named and none runs here.
    """
    address = address or os.environ.get(ADDRESS_VARIABLE, "")
    token = token or os.environ.get(TOKEN_VARIABLE, "")
    if address:
        return Place(address=address, token=token, ca=os.environ.get(CA_VARIABLE, ""))
    home = default_home()
    if not is_running(home):
        raise UnavailableError(
            f"no studio runs in {home}; start one with `bakehouse up`, or name another by {ADDRESS_VARIABLE} "
            f"and {TOKEN_VARIABLE} (or {HOME_VARIABLE})"
        )
    place = local_studio(home)
    return replace(place, token=token) if token else place


def default_home() -> Path:
    """The home folder of the local studio: BAKEHOUSE_HOME, else `.bakehouse` here."""
    return Path(os.environ.get(HOME_VARIABLE) or _DEFAULT_HOME)


def is_running(home: Path) -> bool:
    """Whether a living studio holds the lock of `home`."""
    try:
        with (home / LOCK_FILE).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no such folder, or not ours
        return False
    return False


def local_studio(home: Path) -> Place:
    """The studio that runs in `home`, with its own token.

    Raises:
        UnavailableError: it has not said yet where it is.
    """
    try:
        state = json.loads((home / STATE_FILE).read_text())
        token = (home / TOKEN_FILE).read_text().strip()
        return Place(address=state["address"], token=token, ca=state.get("tls_ca", ""))
    except (OSError, ValueError, KeyError) as error:
        raise UnavailableError(
            f"the studio in {home} does not say yet where it is ({error}); try again when it is ready"
        ) from error
