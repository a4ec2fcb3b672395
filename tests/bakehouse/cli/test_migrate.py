"""`bakehouse migrate`, on a nats-server of its own."""

import json

import pytest

from bakehouse.cli.migrate import migrate
from tests.conftest import TOY
from tests.nats_process import NatsProcess


def test_what_is_missing_is_made_once(
    own_nats: NatsProcess, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAKEHOUSE_NATS_URL", own_nats.server.url)
    monkeypatch.setenv("BAKEHOUSE_NATS_TOKEN", own_nats.server.token)
    migrate(services=[TOY])
    assert "WORK" in capsys.readouterr().out.split()
    migrate(services=[TOY], as_json=True)
    assert json.loads(capsys.readouterr().out) == {"made": []}
