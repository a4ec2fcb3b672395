import asyncio
from pathlib import Path

import pytest

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connecting import connected
from bakehouse.settings import ProcessSettings
from tests.nats_process import NatsProcess
from tests.ports import free_port


async def test_away_at_start_names_the_remedy() -> None:
    settings = ProcessSettings.model_validate(
        {"nats_url": f"nats://127.0.0.1:{free_port()}", "nats_patience_s": 1}
    )
    with pytest.raises(UnavailableError, match=r"does not answer .* set BAKEHOUSE_NATS_URL"):
        async with connected(settings, name="test"):
            pass


async def test_a_wrong_token_is_not_repeated_in_the_message(own_nats: NatsProcess, tmp_path: Path) -> None:
    settings = ProcessSettings.model_validate(
        {"nats_url": own_nats.server.url, "nats_token": "canary", "nats_patience_s": 2}
    )
    with pytest.raises(UnavailableError, match="Authorization") as caught:
        async with connected(settings, name="test"):
            pass
    assert "canary" not in caught.value.message


async def test_it_comes_back_after_a_kill(own_nats: NatsProcess) -> None:
    returned = asyncio.Event()
    async with connected(own_nats.settings, name="test") as connection:
        connection.on_return(returned.set)
        own_nats.kill()
        own_nats.start()
        async with asyncio.timeout(10):
            await returned.wait()
        assert await connection.api("INFO")


async def test_who_is_in_the_url_is_not_repeated_in_the_message() -> None:
    url = f"nats://someone:canary@127.0.0.1:{free_port()}"
    settings = ProcessSettings.model_validate({"nats_url": url, "nats_patience_s": 1})
    with pytest.raises(UnavailableError) as caught:
        async with connected(settings, name="test"):
            pass
    assert "canary" not in caught.value.message
