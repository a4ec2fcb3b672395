"""Resources other than jobs: projects, uploads, what later services add. A record is a body and a version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.errors import AlreadyExistsError, InvalidInputError, NotFoundError, StaleError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.durable import DurableBucket
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions
from bakehouse.wire import Wire

REGISTRY_BUCKET = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One revision of a resource.

    `request` is the id that its creator gave the request, `request_digest` what was asked for: the same
    request twice gives one resource. Times are ISO 8601, UTC.
    """

    project: str
    kind: str
    id: str
    version: int = 1
    body: Mapping[str, Json]
    request: str = ""
    request_digest: str = ""
    create_time: str = ""
    update_time: str = ""
    deleted: bool = False

    @property
    def ref(self) -> ResourceRef:
        """Its address."""
        return ResourceRef(project=self.project, kind=self.kind, id=self.id)


RESOURCE_WIRE = Wire(Resource, schema=1, what="record of a resource")


class Registry:
    """Creates, reads and swaps resources."""

    def __init__(self, connection: Connection, revisions: Revisions) -> None:
        self._durable = DurableBucket(Bucket(connection, REGISTRY_BUCKET), revisions)

    async def create(self, resource: Resource, *, again: bool = False) -> Resource:
        """Store a new resource; the one that is there, if the same request made it.

        With `again` an id that was deleted can be had once more, as the next revision.

        Raises:
            AlreadyExistsError: the id is taken.
            InvalidInputError: its `request` was used for something else.
        """
        now = now_text()
        wanted = replace(resource, version=1, create_time=now, update_time=now)
        data = RESOURCE_WIRE.encode(wanted)
        existing = await self._read(resource.ref)
        if again and existing is not None and existing[0].deleted:
            return await self._write(replace(wanted, version=existing[0].version + 1), existing[1])
        if existing is None:
            try:
                await self._durable.write(
                    resource.ref, data, stored=Candidate(version=1, data=data), revision=0
                )
            except StaleError:
                existing = await self._read(resource.ref)
            else:
                return wanted
        if existing is None:
            raise StaleError(f"{resource.kind} {resource.id} is being created by someone else; try again")
        found = existing[0]
        require_same_request(
            f"{resource.kind} {resource.id}",
            asked=(resource.request, resource.request_digest),
            found=(found.request, found.request_digest),
        )
        return found

    async def get(self, ref: ResourceRef) -> Resource:
        """The current revision.

        Raises:
            NotFoundError: there is none, or it was deleted.
        """
        held = await self._read(ref)
        if held is None or held[0].deleted:
            raise NotFoundError(f"{ref.kind} {ref.id} is not there")
        return held[0]

    async def update(self, resource: Resource, *, version: int | None = None) -> Resource:
        """Store `resource` as the next revision; what was stored.

        Args:
            resource: the new body.
            version: the version that the caller saw; None: whichever is there.

        Raises:
            StaleError: it has another version by now.
            NotFoundError: it is gone.
        """
        held = await self._read(resource.ref)
        if held is None or held[0].deleted:
            raise NotFoundError(f"{resource.kind} {resource.id} is not there")
        current, revision = held
        if version is not None and current.version != version:
            raise StaleError(
                f"{resource.kind} {resource.id} has version {current.version}, not {version}; "
                "read it again and repeat the change",
                fields={"version": str(current.version)},
            )
        wanted = replace(resource, version=current.version + 1, update_time=now_text())
        return await self._write(wanted, revision)

    async def _write(self, resource: Resource, revision: int) -> Resource:
        data = RESOURCE_WIRE.encode(resource)
        stored = Candidate(version=resource.version, data=data)
        await self._durable.write(resource.ref, data, stored=stored, revision=revision)
        return resource

    async def _read(self, ref: ResourceRef) -> tuple[Resource, int] | None:
        entry = await self._durable.get(ref)
        return None if entry is None else (RESOURCE_WIRE.decode(entry.value), entry.revision)


def require_same_request(what: str, *, asked: tuple[str, str], found: tuple[str, str]) -> None:
    """Return if what is there was made by the request that asks again.

    Args:
        what: the resource, for the message.
        asked: the request's id and the digest of its body.
        found: those that the resource was made with.

    Raises:
        AlreadyExistsError: another request made it.
        InvalidInputError: the same id was used for another body.
    """
    if not asked[0] or asked[0] != found[0]:
        raise AlreadyExistsError(f"{what} exists already; choose another id, or use what is there")
    if asked[1] != found[1]:
        raise InvalidInputError(
            f"request_id {asked[0]!r} was used for another {what}; use a fresh one", field="request_id"
        )


def request_digest(body: Json) -> str:
    """What `require_same_request` compares."""
    return canonical_digest(body)


def now_text() -> str:
    """Now, for people: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
