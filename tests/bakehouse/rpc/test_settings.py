"""The settings of a server: safe by default, and nonsense is refused with the name to change."""

import pytest
from pydantic import ValidationError

from bakehouse.rpc.settings import RpcSettings


def test_by_default_only_this_machine_can_reach_it_and_reflection_is_off() -> None:
    settings = RpcSettings()
    assert settings.listen.startswith("127.0.0.1:")
    assert not settings.reflection


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_LISTEN", "[::1]:7")
    assert RpcSettings().listen == "[::1]:7"


@pytest.mark.parametrize(
    "values",
    [{"tls_certificate": "c"}, {"tls_key": "k"}, {"tls_client_ca": "a"}],
)
def test_half_of_tls_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="BAKEHOUSE_TLS_CERTIFICATE"):
        RpcSettings.model_validate(values)


@pytest.mark.parametrize("name", ["calls_per_second", "calls_at_once", "open_streams", "default_deadline_s"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        RpcSettings.model_validate({name: 0})
