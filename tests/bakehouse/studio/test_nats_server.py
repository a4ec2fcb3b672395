"""How nats-server is started."""

from pathlib import Path

import pytest

from bakehouse.errors import UnavailableError
from bakehouse.studio.nats_server import NatsServer, find_program


def test_the_token_is_in_a_file_that_only_the_owner_reads(tmp_path: Path) -> None:
    command = NatsServer(folder=tmp_path / "nats", port=1, token="canary").command()
    config = Path(command[-1])
    assert "canary" not in " ".join(command)
    assert ("canary" in config.read_text(), config.stat().st_mode & 0o777) == (True, 0o600)


def test_every_message_is_synced(tmp_path: Path) -> None:
    command = NatsServer(folder=tmp_path / "nats", port=1, token="t").command()
    assert "sync_interval: always" in Path(command[-1]).read_text()


def test_a_program_that_is_not_there_is_said_with_its_package() -> None:
    with pytest.raises(UnavailableError, match="pip install some-package"):
        find_program("no-such-program", "some-package")
