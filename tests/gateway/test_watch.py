"""Watching through silences, restarts and losses. Events are published here by hand."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import (
    BakehouseError,
    ExpiredError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from bakehouse.events.shapes import Event
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk
from bakehouse.migration import Layout, migrate
from bakehouse.registry.records import Registry, now_text
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.names import JOBS, PROJECTS, ResourceName
from bakehouse.rpc.paging import PageTokens
from gateway.creation import Asking
from gateway.event_stream import EventStream
from gateway.jobs import Jobs, Kinds
from gateway.listings import Listings
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.pipelines import Pipelines
from gateway.projects import ProjectFields, Projects, name_of
from gateway.resume import Place, ResumeTokens
from gateway.watch import Seen, Watches
from tests.gateway.records import record
from tests.nats_process import NatsProcess

TOKENS = ResumeTokens(b"k" * 32)
KEY = b"k" * 32


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A project of its own with one job, and who can watch it."""

    connection: Connection
    watches: Watches
    project: str

    @property
    def name(self) -> ResourceName:
        return name_of(self.project)

    @property
    def job(self) -> ResourceName:
        return ResourceName(project=self.project, collection=JOBS, id="j")

    async def publish(self, number: int, job: str = "j") -> None:
        event = Event(
            id=f"{self.project}/{job}/{number}",
            project=self.project,
            kind="job",
            resource=job,
            type="state",
            time=now_text(),
            data={"number": number},
        )
        await self.connection.publish(event.nats_subject, event.encode(), message_id=event.id)

    def watch(
        self, name: ResourceName | None = None, *, token: str = "", from_start: bool = False
    ) -> "Watching":
        return Watching(self.watches.watch(name or self.name, token=token, from_start=from_start))


class Watching:
    """A watch and what came of it."""

    def __init__(self, source: AsyncIterator[Seen]) -> None:
        self._source = source
        self.token = ""

    async def next(self, *, within_s: float = 20) -> Seen:
        async with asyncio.timeout(within_s):
            seen = await anext(self._source)
        self.token = seen.token
        return seen

    async def numbers(self, count: int) -> list[int]:
        """The numbers of the next events, signs of life left out."""
        found: list[int] = []
        while len(found) < count:
            event = (await self.next()).event
            if event is not None:
                found.append(int(str(event.data["number"])))
        return found

    async def to_the_end(self) -> None:
        """A watch ends by error only."""
        while True:
            await self.next()

    async def aclose(self) -> None:
        await self._source.aclose()  # type: ignore[attr-defined]  # it is a generator


@asynccontextmanager
async def stage_on(connection: Connection, folder: Path, *, heartbeat_s: float = 30) -> AsyncIterator[Stage]:
    store = DirectoryStore(folder / "staged")
    store.create()
    revisions = Revisions(store)
    records, listings = JobRecords(connection, revisions), Listings(connection, PageTokens(KEY))
    projects = Projects(Registry(connection, revisions), listings.projects)
    jobs = Jobs(
        desk=JobDesk(connection, store, records),
        records=records,
        store=store,
        kinds=Kinds({}),
        projects=projects,
        listing=listings.jobs,
    )
    pipelines = Pipelines(
        registry=Registry(connection, revisions),
        store=store,
        projects=projects,
        kinds=Kinds({}),
        jobs=PipelineJobs(
            desk=JobDesk(connection, store, records),
            records=records,
            kinds=Kinds({}),
            listing=listings.jobs,
        ),
        listing=listings.pipelines,
    )
    project = f"p{uuid.uuid4().hex[:12]}"
    await projects.create(project, ProjectFields(), Asking())
    await records.create(record("j", project=project))
    watches = Watches(
        EventStream(connection),
        TOKENS,
        projects=projects,
        jobs=jobs,
        pipelines=pipelines,
        heartbeat_s=heartbeat_s,
    )
    yield Stage(connection=connection, watches=watches, project=project)


@pytest.fixture
async def stage(connection: Connection, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_on(connection, tmp_path) as opened:
        yield opened


@pytest.fixture
async def own_connection(own_nats: NatsProcess) -> AsyncIterator[Connection]:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        yield connection


@pytest.fixture
async def own_stage(own_connection: Connection, tmp_path: Path) -> AsyncIterator[Stage]:
    """On a NATS that the test may kill."""
    async with stage_on(own_connection, tmp_path) as opened:
        yield opened


async def refusal(watching: Watching) -> BakehouseError:
    with pytest.raises(BakehouseError) as caught:
        await watching.to_the_end()
    return caught.value


async def test_a_sign_of_life_comes_at_once_then_what_happens_from_now_on(stage: Stage) -> None:
    await stage.publish(0)
    async with aclosing(stage.watch()) as watching:
        assert (await watching.next()).event is None
        await stage.publish(1)
        await stage.publish(2)
        assert await watching.numbers(2) == [1, 2]


async def test_what_was_before_comes_if_it_is_asked_for(stage: Stage) -> None:
    for number in range(3):
        await stage.publish(number)
    async with aclosing(stage.watch(from_start=True)) as watching:
        assert await watching.numbers(3) == [0, 1, 2]


async def test_a_job_is_watched_alone_and_a_project_with_all_of_its_jobs(stage: Stage) -> None:
    for number, job in enumerate(("j", "other", "j")):
        await stage.publish(number, job)
    async with aclosing(stage.watch(stage.job, from_start=True)) as watching:
        assert await watching.numbers(2) == [0, 2]
    async with aclosing(stage.watch(from_start=True)) as watching:
        assert await watching.numbers(3) == [0, 1, 2]


async def test_a_token_goes_on_behind_its_event(stage: Stage) -> None:
    for number in range(6):
        await stage.publish(number)
    seen, token = [], ""
    for _ in range(3):
        async with aclosing(stage.watch(token=token, from_start=True)) as watching:
            seen += await watching.numbers(2)
            token = watching.token
    assert seen == list(range(6))


async def test_the_token_of_the_first_sign_of_life_misses_nothing(stage: Stage) -> None:
    async with aclosing(stage.watch()) as watching:
        await watching.next()
    await stage.publish(1)
    async with aclosing(stage.watch(token=watching.token)) as again:
        assert await again.numbers(1) == [1]


async def test_signs_of_life_come_while_nothing_happens(connection: Connection, tmp_path: Path) -> None:
    async with stage_on(connection, tmp_path, heartbeat_s=0.05) as stage, aclosing(stage.watch()) as watching:
        assert [(await watching.next()).event for _ in range(4)] == [None] * 4
        await stage.publish(1)
        assert await watching.numbers(1) == [1]


async def test_the_token_of_a_long_silence_stays_young(connection: Connection, tmp_path: Path) -> None:
    async with stage_on(connection, tmp_path, heartbeat_s=0.02) as stage, aclosing(stage.watch()) as watching:
        first = TOKENS.place((await watching.next()).token)
        await connection.publish(f"events.{stage.project}-other.job.j.state", b"{}")
        async with asyncio.timeout(20):
            while (last := TOKENS.place((await watching.next()).token)) == first:
                pass
        assert last.sequence > first.sequence
        await stage.publish(1)
        assert await watching.numbers(1) == [1]


async def test_what_is_no_event_is_passed_over(stage: Stage) -> None:
    async with aclosing(stage.watch()) as watching:
        await watching.next()
        await stage.connection.publish(f"events.{stage.project}.job.j.state", b"nonsense")
        await stage.publish(1)
        assert await watching.numbers(1) == [1]


@pytest.mark.parametrize("collection", [PROJECTS, JOBS])
async def test_what_is_not_there_is_not_watched(stage: Stage, collection: str) -> None:
    name = ResourceName(project="nowhere", collection=collection, id="nowhere")
    assert type(await refusal(stage.watch(name))) is NotFoundError


Change = Callable[[Place], Place]


@pytest.mark.parametrize(
    "change",
    [
        lambda place: replace(place, stream="2020-01-01T00:00:00Z"),
        lambda place: replace(place, name=f"{place.name}/jobs/j"),
        lambda place: replace(place, name="projects/other"),
        lambda place: replace(place, sequence=1),
        lambda place: replace(place, sequence=place.sequence + 1_000_000),
    ],
)
async def test_a_place_that_is_not_kept_has_expired(stage: Stage, change: Change) -> None:
    async with aclosing(stage.watch()) as watching:
        await watching.next()
    token = TOKENS.token(change(TOKENS.place(watching.token)))
    assert type(await refusal(stage.watch(token=token))) is ExpiredError


async def test_a_token_that_was_tampered_with_is_refused(stage: Stage) -> None:
    forged = ResumeTokens(b"x" * 32).token(Place(stream="x", sequence=1, name=str(stage.name)))
    error = await refusal(stage.watch(token=forged))
    assert isinstance(error, InvalidInputError)
    assert error.field == "resume_token"


async def test_a_watch_goes_on_by_itself_after_a_kill(own_nats: NatsProcess, own_stage: Stage) -> None:
    async with aclosing(own_stage.watch()) as watching:
        await watching.next()
        for start in (0, 10, 20):
            for number in range(start, start + 5):
                await own_stage.publish(number)
            own_nats.kill()
            own_nats.start()
            await until_back(partial(own_stage.publish, start + 5))
            for number in range(start + 6, start + 10):
                await own_stage.publish(number)
        assert await watching.numbers(30) == list(range(30))


async def until_back(publish: Callable[[], Awaitable[None]]) -> None:
    """By its message id it is stored once, however often it is published."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await publish()
            except UnavailableError:
                await asyncio.sleep(0.05)


async def test_a_watch_ends_when_the_stream_was_lost(own_nats: NatsProcess, own_stage: Stage) -> None:
    async with aclosing(own_stage.watch()) as watching:
        await watching.next()
        await own_stage.publish(0)
        assert await watching.numbers(1) == [0]
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
        await until_back(partial(made_anew, own_stage))
        assert type(await refusal(watching)) is ExpiredError
    assert type(await refusal(own_stage.watch(token=watching.token))) is ExpiredError


async def made_anew(stage: Stage) -> None:
    """The stream again, with events that a watcher of the lost one must not take for a continuation."""
    await migrate(stage.connection, [], Layout())
    await stage.publish(1)


async def test_a_watch_ends_when_the_stream_does_not_come_back(
    own_nats: NatsProcess, own_stage: Stage
) -> None:
    async with aclosing(own_stage.watch()) as watching:
        await watching.next()
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
        assert type(await refusal(watching)) is UnavailableError


async def test_many_can_watch_and_leave(stage: Stage) -> None:
    watchings = [stage.watch() for _ in range(50)]
    await asyncio.gather(*(watching.next() for watching in watchings))
    await stage.publish(1)
    assert await asyncio.gather(*(watching.numbers(1) for watching in watchings)) == [[1]] * 50
    await asyncio.gather(*(watching.aclose() for watching in watchings))
    assert stage.connection._returned == set()
