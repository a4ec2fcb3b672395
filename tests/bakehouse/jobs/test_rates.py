import uuid

from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.rates import Rates


async def test_nothing_is_known_before_the_first_job(connection: Connection) -> None:
    assert await Rates(connection).item_s(f"toy.{uuid.uuid4().hex}") is None


async def test_rates_are_blended(connection: Connection) -> None:
    rates, kind = Rates(connection), f"toy.{uuid.uuid4().hex}"
    await rates.note(kind, 1.0)
    assert await rates.item_s(kind) == 1.0
    await rates.note(kind, 2.0)
    assert await rates.item_s(kind) == 1.5
