"""How much one token may ask for."""

from collections.abc import AsyncIterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import CapacityError
from bakehouse.rpc.limits import TokenBucket
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.project_pb2 import GetProjectRequest
from tests.bakehouse.rpc.kitchen import WATCH as WATCH_PATH
from tests.bakehouse.rpc.kitchen import Context, Kitchen, bearer, error_from

REQUEST = GetProjectRequest(name="projects/p")
WATCH = WatchRequest(name="projects/p")


def test_a_bucket_gives_its_burst_and_then_says_how_long_to_wait() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0)
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_who_waits_as_long_as_was_said_gets_one() -> None:
    bucket = TokenBucket(rate=4, burst=1, now=0)
    bucket.take(0)
    assert bucket.take(bucket.take(0)) == 0


def test_a_bucket_does_not_save_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=2, burst=1, now=0)
    assert [bucket.take(1000) > 0 for _ in range(2)] == [False, True]


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), max_size=200))
def test_no_bucket_gives_more_than_rate_and_burst(pauses: list[float]) -> None:
    bucket, now, given_out = TokenBucket(rate=3, burst=5, now=0), 0.0, 0
    for pause in pauses:
        now += pause
        given_out += bucket.take(now) == 0
    assert given_out <= 5 + 3 * now + 1e-6


async def test_too_many_calls_are_refused_with_the_time_to_wait(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open(calls_per_second=0.01, calls_at_once=1))
    await stub.GetProject(REQUEST, metadata=bearer(kitchen.token))
    error = await error_from(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert isinstance(error, CapacityError)
    assert error.retry_after_s is not None
    assert 0 < error.retry_after_s <= 100
    assert error.fields["limit"] == "calls_per_second"


async def test_one_tokens_calls_are_not_anothers(kitchen: Kitchen) -> None:
    other = kitchen.add_token()
    stub = kitchen.stub(await kitchen.open(calls_per_second=0.01, calls_at_once=1))
    await stub.GetProject(REQUEST, metadata=bearer(kitchen.token))
    await stub.GetProject(REQUEST, metadata=bearer(other))


async def test_too_many_streams_are_refused(kitchen: Kitchen) -> None:
    stub = kitchen.watcher(await kitchen.open(open_streams=1))
    await stub.Watch(WATCH, metadata=bearer(kitchen.token)).read()
    error = await error_from(stub.Watch(WATCH, metadata=bearer(kitchen.token)).read())
    assert isinstance(error, CapacityError)
    assert error.fields["limit"] == "open_streams"


async def test_streams_that_end_make_room(kitchen: Kitchen) -> None:
    async def one(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        yield WatchResponse(resume_token="1")

    kitchen.behaviours[WATCH_PATH] = one
    stub = kitchen.watcher(await kitchen.open(open_streams=1))
    for _ in range(3):
        answers = [answer async for answer in stub.Watch(WATCH, metadata=bearer(kitchen.token))]
        assert len(answers) == 1
