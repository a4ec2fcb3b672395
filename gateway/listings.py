"""All projects, pipelines and jobs in memory, for lists: fed by a tail for each. Get reads the bucket itself.

What this process writes is noted at once, so that a list after a create has it; of two revisions of one
resource the higher stays.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass

from bakehouse.errors import CorruptionError, UnavailableError
from bakehouse.jetstream.connection import Connection, StoredMessage
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.jobs.record import JobRecord, JobState, decode_record, encode_record
from bakehouse.jobs.subjects import JOBS_BUCKET
from bakehouse.logs import get_logger
from bakehouse.registry.records import REGISTRY_BUCKET, RESOURCE_WIRE, Resource
from bakehouse.rpc.names import JOBS, PIPELINES, PROJECTS, SNAPSHOT_REFS
from bakehouse.rpc.paging import PageTokens, page_size
from bakehouse.wire import UnknownSchemaError
from gateway.pages import Page, PageWish, Shelf
from gateway.pipelines.listing import PipelineListing
from gateway.pipelines.record import PIPELINE_KIND, decode_pipeline
from gateway.snapshots.ref_record import SNAPSHOT_REF_KIND, RefListing

PROJECT_KIND = "project"

_PAGE_BYTES = 512 << 10  # of records: as messages they are up to six times as long, and 4 MiB is the most

log = get_logger()


class ProjectListing:
    """The projects, by id."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens
        self._held: dict[str, Resource] = {}

    def has(self, project: str) -> bool:
        """Whether the project is known here. Projects never go away, so a yes stays right."""
        return project in self._held

    def note(self, resource: Resource) -> None:
        """Take a revision."""
        held = self._held.get(resource.project)
        if held is None or resource.version >= held.version:
            self._held[resource.project] = resource

    def page(self, wanted: PageWish, *, visible: Callable[[str], bool]) -> Page[Resource]:
        """A page of the projects that are `visible`, by id.

        Raises:
            InvalidInputError: no page can be so.
        """
        size, after = page_size(wanted.size), self._tokens.unseal(wanted.token, PROJECTS)
        ids = [project for project in sorted(self._held) if project > after and visible(project)]
        is_last = len(ids) <= size
        return Page(
            entries=[self._held[project] for project in ids[:size]],
            next="" if is_last else self._tokens.seal(ids[size - 1], PROJECTS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs of a project to list. None and empty let all pass."""

    state: JobState | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A job: what is filtered by, and the record in as few bytes as it goes."""

    kind: str
    state: JobState
    version: int
    line: bytes


class JobListing:
    """The jobs of each project, by the time they were created. `observers` hear of each revision taken."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens
        self._shelves: dict[str, Shelf[_Listed]] = {}
        self.observers: list[Callable[[JobRecord], None]] = []

    def note(self, record: JobRecord) -> None:
        """Take a revision, or the progress of the one that is held."""
        shelf = self._shelves.setdefault(record.project, Shelf())
        held = shelf.get(record.job)
        if held is not None and record.version < held.version:
            return
        listed = _Listed(
            kind=record.kind, state=record.state, version=record.version, line=encode_record(record)
        )
        shelf.put(record.job, listed, time=_create_time(record))
        for observer in self.observers:
            observer(record)

    def find(self, project: str, job: str) -> JobRecord | None:
        """A job as it was last noted; None where it was not."""
        listed = self._shelves.get(project, Shelf()).get(job)
        return None if listed is None else decode_record(listed.line)[0]

    def page(self, project: str, chosen: JobFilter, wanted: PageWish) -> Page[JobRecord]:
        """A page of a project's jobs, the newest first. Large records make it a short one.

        Raises:
            InvalidInputError: no page can be so.
        """
        binding = (JOBS, project, chosen.state or "", chosen.kind)
        size, after = page_size(wanted.size), self._tokens.unseal(wanted.token, *binding)
        records: list[JobRecord] = []
        place, num_bytes = "", 0
        for next_place, listed in self._matching(project, chosen, after):
            if len(records) == size or num_bytes > _PAGE_BYTES:
                return Page(entries=records, next=self._tokens.seal(place, *binding))
            records.append(decode_record(listed.line)[0])
            num_bytes += len(listed.line)
            place = next_place
        return Page(entries=records)

    def _matching(self, project: str, chosen: JobFilter, after: str) -> Iterator[tuple[str, _Listed]]:
        for place, listed in self._shelves.get(project, Shelf[_Listed]()).newest(after):
            if chosen.state in {None, listed.state} and chosen.kind in {"", listed.kind}:
                yield place, listed


class Listings:
    """Keeps all of them up to date for as long as its `follows` run."""

    def __init__(self, connection: Connection, tokens: PageTokens) -> None:
        self._connection = connection
        self.projects = ProjectListing(tokens)
        self.jobs = JobListing(tokens)
        self.pipelines = PipelineListing(tokens)
        self.refs = RefListing(tokens)
        self._complete = {name: asyncio.Event() for name in (PROJECTS, PIPELINES, JOBS, SNAPSHOT_REFS)}

    def follows(self) -> tuple[Coroutine[None, None, None], ...]:
        """What runs for ever, one for each sort."""
        return self.follow_projects(), self.follow_pipelines(), self.follow_jobs(), self.follow_refs()

    async def follow_projects(self) -> None:
        """Note every project and each change of one, for ever."""
        await self._follow(PROJECTS, REGISTRY_BUCKET, f"*.{PROJECT_KIND}.*", self._note_project)

    async def follow_pipelines(self) -> None:
        """Note every pipeline and each change of one, for ever."""
        await self._follow(PIPELINES, REGISTRY_BUCKET, f"*.{PIPELINE_KIND}.*", self._note_pipeline)

    async def follow_refs(self) -> None:
        """Note every name of a snapshot and each change of one, for ever."""
        await self._follow(SNAPSHOT_REFS, REGISTRY_BUCKET, f"*.{SNAPSHOT_REF_KIND}.*", self._note_ref)

    async def follow_jobs(self) -> None:
        """Note every job and each change of one, for ever."""
        await self._follow(JOBS, JOBS_BUCKET, ">", self._note_job)

    async def complete(self, *, within_s: float) -> None:
        """Return when all that was there is noted.

        Raises:
            UnavailableError: it takes longer than `within_s`.
        """
        try:
            async with asyncio.timeout(within_s):
                for event in self._complete.values():
                    await event.wait()
        except TimeoutError as error:
            raise UnavailableError(
                f"the records on NATS could not be read within {within_s:g} s; see that JetStream is well"
            ) from error

    async def _follow(self, what: str, bucket: str, keys: str, note: Callable[[bytes], None]) -> None:
        pattern = f"$KV.{bucket}.{keys}"
        async with tailing(self._connection, f"KV_{bucket}", pattern, start="last_per_subject") as tail:
            async for message in tail:
                if isinstance(message, CaughtUp):
                    self._complete[what].set()
                else:
                    _note(message, note)

    def _note_project(self, data: bytes) -> None:
        self.projects.note(RESOURCE_WIRE.decode(data))

    def _note_pipeline(self, data: bytes) -> None:
        self.pipelines.note(decode_pipeline(RESOURCE_WIRE.decode(data)))

    def _note_ref(self, data: bytes) -> None:
        self.refs.note(RESOURCE_WIRE.decode(data))

    def _note_job(self, data: bytes) -> None:
        self.jobs.note(decode_record(data)[0])


def _note(message: StoredMessage, note: Callable[[bytes], None]) -> None:
    try:
        note(message.data)
    except (CorruptionError, UnknownSchemaError) as error:
        log.error("record_not_listed", subject=message.subject, reason=str(error))


def _create_time(record: JobRecord) -> str:
    return record.transitions[0].time if record.transitions else ""
