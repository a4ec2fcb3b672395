import pytest

from bakehouse.errors import CapacityError, NotFoundError, UnavailableError
from bakehouse.patience import until_available


async def test_what_is_away_is_asked_again() -> None:
    tries = iter([UnavailableError("away"), UnavailableError("away"), None])

    async def call() -> str:
        if error := next(tries):
            raise error
        return "there"

    assert await until_available(call, what="store") == "there"


async def test_any_other_error_passes() -> None:
    async def call() -> None:
        raise NotFoundError("no")

    with pytest.raises(NotFoundError):
        await until_available(call, what="store")


async def test_before_each_wait_the_reason_is_told() -> None:
    tries, told = iter([UnavailableError("away"), CapacityError("full"), None]), list[str]()

    async def call() -> None:
        if error := next(tries):
            raise error

    async def tell(reason: str) -> None:
        told.append(reason)

    await until_available(call, what="store", tell=tell)
    assert told == ["away", "full"]
