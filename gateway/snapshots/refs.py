"""Names for snapshots: kept in the store first, then in the registry. What has a name is never swept away."""

from dataclasses import dataclass, replace

from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError, StaleError, StateError
from bakehouse.registry.records import Registry, Resource, request_digest
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.etags import check_etag
from bakehouse.rpc.names import SNAPSHOTS, ResourceName
from gateway.about import about
from gateway.artifacts.artifacts import Artifacts
from gateway.creation import Asking, preview
from gateway.pages import Page, PageWish
from gateway.projects import Projects
from gateway.snapshots.ref_record import SNAPSHOT_REF_KIND, RefListing, SnapshotRef, ref_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RefChange:
    """New values, None for those that stay. An `etag` holds it to one revision."""

    snapshot: Digest | None = None
    pinned: bool | None = None
    etag: str = ""


class SnapshotRefs:
    """The names of all projects."""

    def __init__(
        self, *, registry: Registry, projects: Projects, artifacts: Artifacts, listing: RefListing
    ) -> None:
        self._registry = registry
        self._projects = projects
        self._artifacts = artifacts
        self._listing = listing

    async def create(self, ref: SnapshotRef, asking: Asking) -> SnapshotRef:
        """Make a name; the one that is there, if the same request made it.

        Raises:
            NotFoundError: there is no such project or snapshot.
            AlreadyExistsError: the name is taken.
            InvalidInputError: the request's id was used for something else.
        """
        await self._projects.require(ref.project)
        await self._artifacts.snapshot(ref.snapshot_name)
        body = _body(ref)
        wanted = Resource(
            project=ref.project,
            kind=SNAPSHOT_REF_KIND,
            id=ref.id,
            body=body,
            request=asking.request,
            request_digest=request_digest(body),
        )
        with about(ref.name):
            if asking.validate_only:
                return ref_of(await preview(self._registry, wanted))
            created = await self._registry.create(wanted, again=True)
        self._listing.note(created)
        return ref_of(created)

    async def get(self, name: ResourceName) -> SnapshotRef:
        """A name as it is now.

        Raises:
            NotFoundError: there is none.
        """
        return ref_of(await self._read(name))

    async def page(self, project: str, wanted: PageWish) -> Page[SnapshotRef]:
        """A page of a project's names.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: no page can be so.
        """
        await self._projects.require(project)
        return self._listing.page(project, wanted)

    async def update(self, name: ResourceName, change: RefChange, *, validate_only: bool) -> SnapshotRef:
        """Point a name at another snapshot, pin or release it.

        Raises:
            NotFoundError: there is no such name or snapshot.
            StateError: it is pinned and would move.
            StaleError: its etag is another by now.
        """
        if change.snapshot is not None:
            await self._artifacts.snapshot(
                ResourceName(project=name.project, collection=SNAPSHOTS, id=change.snapshot)
            )
        while True:
            held = await self._read(name)
            check_etag(change.etag, revision=held.version, name=str(name))
            wanted = replace(held, body=_body(_changed(ref_of(held), change)))
            if validate_only:
                return ref_of(wanted)
            try:
                return await self._write(wanted, held.version)
            except StaleError:
                continue  # someone was faster; with an etag the next look says so

    async def delete(self, name: ResourceName, *, etag: str) -> None:
        """Take a name away; its snapshot stays.

        Raises:
            NotFoundError: there is none.
            StateError: it is pinned.
            StaleError: `etag` is given and another by now.
        """
        while True:
            held = await self._read(name)
            check_etag(etag, revision=held.version, name=str(name))
            if ref_of(held).pinned:
                raise _pinned(name)
            try:
                await self._write(replace(held, deleted=True), held.version)
            except StaleError:
                continue  # as above
            return

    async def _write(self, wanted: Resource, version: int) -> SnapshotRef:
        changed = await self._registry.update(wanted, version=version)
        self._listing.note(changed)
        return ref_of(changed)

    async def _read(self, name: ResourceName) -> Resource:
        await self._projects.require(name.project)
        with about(name):
            try:
                return await self._registry.get(
                    ResourceRef(project=name.project, kind=SNAPSHOT_REF_KIND, id=name.id)
                )
            except NotFoundError as error:
                raise NotFoundError(f"{name} is not there; list the names of the project") from error


def _changed(held: SnapshotRef, change: RefChange) -> SnapshotRef:
    moves = change.snapshot is not None and change.snapshot != held.snapshot
    if held.pinned and moves and change.pinned is not False:
        raise _pinned(held.name)
    return replace(
        held,
        snapshot=held.snapshot if change.snapshot is None else change.snapshot,
        pinned=held.pinned if change.pinned is None else change.pinned,
    )


def _body(ref: SnapshotRef) -> dict[str, str | bool]:
    return {"snapshot": ref.snapshot, "pinned": ref.pinned}


def _pinned(name: ResourceName) -> StateError:
    return StateError(f"{name} is pinned; release it first, or choose another name")
