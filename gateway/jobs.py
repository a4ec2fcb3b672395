"""Jobs: checked and queued, read, listed, cancelled. What is done in them is their service's affair."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError, StaleError
from bakehouse.jobs.record import JobRecord, JobState, Priority, entered
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.registry.records import now_text, require_same_request
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.etags import check_etag
from bakehouse.rpc.names import JOBS, ResourceName
from gateway.about import about
from gateway.creation import Asking
from gateway.listings import JobFilter, JobListing
from gateway.pages import Page, PageWish
from gateway.projects import Projects
from gateway.secrets import refuse_secrets

MAX_SPEC_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWish:
    """A job that someone wants. `inputs` are digests of manifests, by the role that each plays."""

    kind: str
    spec: Mapping[str, Json] = field(default_factory=dict)
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    priority: Priority = Priority.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job's record with the spec that it names by digest. In lists the spec is None."""

    record: JobRecord
    spec: Json = None


class Kinds:
    """The kinds of job that the services do. `services` has the kinds of each service, by its name."""

    def __init__(self, services: Mapping[str, list[str]]) -> None:
        self._service_of = {kind: service for service, kinds in services.items() for kind in kinds}

    def service_of(self, kind: str) -> str:
        """The service that does `kind`.

        Raises:
            InvalidInputError: none does; the message names the nearest, or all that there are.
        """
        if kind in self._service_of:
            return self._service_of[kind]
        near = get_close_matches(kind, self._service_of, n=1)
        known = ", ".join(sorted(self._service_of)) or "none; set BAKEHOUSE_SERVICES"
        hint = f"did you mean {near[0]}? There are: {known}" if near else f"there are: {known}"
        raise InvalidInputError(f"job.kind: {kind[:80]!r} is no kind of job; {hint}", field="job.kind")


class Jobs:
    """The jobs of all projects."""

    def __init__(
        self,
        *,
        desk: JobDesk,
        records: JobRecords,
        store: ObjectStore,
        kinds: Kinds,
        projects: Projects,
        listing: JobListing,
    ) -> None:
        self._desk = desk
        self._records = records
        self._store = store
        self._kinds = kinds
        self._projects = projects
        self._listing = listing

    async def create(self, project: str, job_id: str, wish: JobWish, asking: Asking, *, trace: str) -> Job:
        """Queue a job; the one that is there, if the same request queued it.

        Args:
            project: where.
            job_id: empty for one that is made up, the same for the same request.
            wish: what.
            asking: how.
            trace: the caller's W3C traceparent, or empty.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: kind, spec or inputs can't be, or the request's id was used for another job.
            AlreadyExistsError: the id is taken.
        """
        service = self._kinds.service_of(wish.kind)
        _check_spec(wish.spec)
        await self._projects.require(project)
        await self._check_inputs(project, wish.inputs)
        order = JobOrder(
            service=service,
            project=project,
            job=job_id or asking.new_id(JOB_KIND, project),
            kind=wish.kind,
            spec=wish.spec,
            request=asking.request,
            inputs=wish.inputs,
            priority=wish.priority,
            trace=trace,
        )
        with about(name_of(project, order.job)):
            record = await (self._preview(order) if asking.validate_only else self._desk.submit(order))
        if not asking.validate_only:
            self._listing.note(record)
        return Job(record=record, spec=wish.spec)

    async def get(self, project: str, job: str) -> Job:
        """A job as it is now.

        Raises:
            NotFoundError: there is none.
        """
        return await self._with_spec(await self.read(project, job))

    async def read(self, project: str, job: str) -> JobRecord:
        """A job's record as it is now.

        Raises:
            NotFoundError: there is none.
        """
        name = name_of(project, job)
        with about(name):
            try:
                return (await self._records.read(_ref(project, job))).record
            except NotFoundError as error:
                raise NotFoundError(f"{name} is not there; check the name, or list the jobs") from error

    async def page(self, project: str, chosen: JobFilter, wanted: PageWish) -> Page[Job]:
        """A page of a project's jobs, the newest first, without their specs.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: no page can be so.
        """
        await self._projects.require(project)
        found = self._listing.page(project, chosen, wanted)
        return Page(entries=[Job(record=record) for record in found.entries], next=found.next)

    async def cancel(self, project: str, job: str, *, etag: str, validate_only: bool = False) -> Job:
        """End a job now. One that is over stays as it is.

        Raises:
            NotFoundError: there is none.
            StaleError: `etag` is given and another by now.
        """
        while True:
            record = await self.read(project, job)
            if not record.state.is_final:
                check_etag(etag, revision=record.version, name=str(name_of(project, job)))
                if validate_only:
                    return await self._with_spec(entered(record, JobState.CANCELLED, time=now_text()))
                try:
                    record = await self._desk.cancel(record.ref, version=record.version if etag else None)
                except StaleError:
                    continue  # the next look says whether that matters
                self._listing.note(record)
            return await self._with_spec(record)

    async def _preview(self, order: JobOrder) -> JobRecord:
        wanted = order.new_record()
        try:
            held = await self._records.read(wanted.ref.resource)
        except NotFoundError:
            return replace(wanted, version=1)
        require_same_request(
            f"job {order.job}",
            asked=(order.request, wanted.request_digest),
            found=(held.record.request, held.record.request_digest),
        )
        return held.record

    async def _check_inputs(self, project: str, inputs: Mapping[str, Digest]) -> None:
        blobs = Blobs(self._store, project)
        for role, digest in inputs.items():
            if not await asyncio.to_thread(blobs.has, digest):
                raise InvalidInputError(
                    f"job.inputs[{role}]: project {project} has no blob {digest}; upload it, or name another",
                    field=f"job.inputs[{role}]",
                )

    async def _with_spec(self, record: JobRecord) -> Job:
        try:
            data = await asyncio.to_thread(Blobs(self._store, record.project).get, record.spec)
        except NotFoundError as error:
            raise CorruptionError(
                f"the spec of job {record.job} is missing from the store; restore it from a backup",
                fields={"resource": str(name_of(record.project, record.job))},
            ) from error
        spec: Json = json.loads(data)
        return Job(record=record, spec=spec)


def name_of(project: str, job: str) -> ResourceName:
    """The name of a job in the API."""
    return ResourceName(project=project, collection=JOBS, id=job)


def _ref(project: str, job: str) -> ResourceRef:
    return ResourceRef(project=project, kind=JOB_KIND, id=job)


def _check_spec(spec: Mapping[str, Json]) -> None:
    try:
        size = len(canonical_bytes(spec))
    except InvalidInputError as error:
        raise InvalidInputError(f"job.spec: {error.message}", field="job.spec") from error
    if size > MAX_SPEC_BYTES:
        raise InvalidInputError(
            f"job.spec: {size} bytes; use at most {MAX_SPEC_BYTES}, and put more into an input",
            field="job.spec",
        )
    refuse_secrets(spec, place="job.spec", field="job.spec")
