"""Projects: made, read, listed, changed. Knows no message of the API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError, NotFoundError, StaleError
from bakehouse.registry.records import Registry, Resource, request_digest
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.etags import check_etag
from bakehouse.rpc.names import PROJECTS, SHARED, ResourceName
from bakehouse.rpc.tokens import Principal
from gateway.about import about
from gateway.creation import Asking, preview
from gateway.listings import PROJECT_KIND, ProjectListing
from gateway.pages import Page, PageWish

_RESERVED = {SHARED, "probe"}  # what else stands at the top of a store
_MAX_NAME = 200
_MAX_LABELS, _MAX_LABEL_KEY, _MAX_LABEL_VALUE, _MAX_LABELS_BYTES = 64, 63, 255, 32 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFields:
    """What a user says of a project. `labels` are pairs, sorted by key.

    Raises:
        InvalidInputError: something is too long, or too much.
    """

    display_name: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.display_name.isprintable():
            raise InvalidInputError(
                "project.display_name: it has a control character; leave it out", field="project.display_name"
            )
        if len(self.display_name) > _MAX_NAME:
            raise InvalidInputError(
                f"project.display_name: {len(self.display_name)} characters; use at most {_MAX_NAME}",
                field="project.display_name",
            )
        _check_labels(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One revision of a project. Times are ISO 8601, UTC."""

    id: str
    fields: ProjectFields
    version: int
    create_time: str
    update_time: str

    @property
    def name(self) -> ResourceName:
        """Its name in the API."""
        return name_of(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChange:
    """New values for some fields, None for the others. An `etag` holds it to one revision."""

    display_name: str | None = None
    labels: tuple[tuple[str, str], ...] | None = None
    etag: str = ""


_FIELDS = TypeAdapter(ProjectFields)


class Projects:
    """The projects of the studio."""

    def __init__(self, registry: Registry, listing: ProjectListing) -> None:
        self._registry = registry
        self._listing = listing

    async def create(self, project: str, fields: ProjectFields, asking: Asking) -> Project:
        """Make a project; the one that is there, if the same request made it.

        Raises:
            InvalidInputError: the id is reserved, or the request's id was used for something else.
            AlreadyExistsError: the id is taken.
        """
        if project in _RESERVED:
            raise InvalidInputError(
                f"project_id: {project!r} is reserved; choose another", field="project_id"
            )
        body = _body(fields)
        wanted = Resource(
            project=project,
            kind=PROJECT_KIND,
            id=project,
            body=body,
            request=asking.request,
            request_digest=request_digest(body),
        )
        with about(name_of(project)):
            if asking.validate_only:
                return _project(await preview(self._registry, wanted))
            created = await self._registry.create(wanted)
        self._listing.note(created)
        return _project(created)

    async def get(self, project: str) -> Project:
        """A project as it is now.

        Raises:
            NotFoundError: there is none.
        """
        return _project(await self._read(project))

    async def require(self, project: str) -> None:
        """Return if there is such a project.

        Raises:
            NotFoundError: there is none.
        """
        if not self._listing.has(project):
            self._listing.note(await self._read(project))

    async def require_room(self, project: str) -> None:
        """Return if blobs can be there: in a project, or in the room that all of them share.

        Raises:
            NotFoundError: there is no such project.
        """
        if project != SHARED:
            await self.require(project)

    def page(self, principal: Principal, wanted: PageWish) -> Page[Project]:
        """A page of the projects that `principal` may see, by id.

        Raises:
            InvalidInputError: no page can be so.
        """
        found = self._listing.page(wanted, visible=principal.may_see)
        return Page(entries=[_project(resource) for resource in found.entries], next=found.next)

    async def update(self, project: str, change: ProjectChange, *, validate_only: bool) -> Project:
        """Change a project.

        Raises:
            NotFoundError: there is none.
            StaleError: its etag is another by now.
            InvalidInputError: the new values can't be.
        """
        while True:
            held = await self._read(project)
            check_etag(change.etag, revision=held.version, name=str(name_of(project)))
            wanted = replace(held, body=_body(_changed(_fields(held), change)))
            if validate_only:
                return _project(wanted)
            try:
                changed = await self._registry.update(wanted, version=held.version)
            except StaleError:
                continue  # someone was faster; with an etag the next look says so
            self._listing.note(changed)
            return _project(changed)

    async def _read(self, project: str) -> Resource:
        name = name_of(project)
        with about(name):
            try:
                return await self._registry.get(ResourceRef(project=project, kind=PROJECT_KIND, id=project))
            except NotFoundError as error:
                raise NotFoundError(f"{name} is not there, or not for this token; check the name") from error


def name_of(project: str) -> ResourceName:
    """The name of a project in the API, from its id."""
    return ResourceName(project=project, collection=PROJECTS, id=project)


def _changed(fields: ProjectFields, change: ProjectChange) -> ProjectFields:
    return ProjectFields(
        display_name=fields.display_name if change.display_name is None else change.display_name,
        labels=fields.labels if change.labels is None else change.labels,
    )


def _body(fields: ProjectFields) -> dict[str, Json]:
    # Labels as pairs: the keys of our JSON are ASCII, those of labels need not be.
    body: dict[str, Any] = _FIELDS.dump_python(fields, mode="json")
    return body


def _fields(resource: Resource) -> ProjectFields:
    return _FIELDS.validate_python(dict(resource.body))


def _project(resource: Resource) -> Project:
    return Project(
        id=resource.project,
        fields=_fields(resource),
        version=resource.version,
        create_time=resource.create_time,
        update_time=resource.update_time,
    )


def _check_labels(labels: Sequence[tuple[str, str]]) -> None:
    problem = ""
    if any(not text.isprintable() for pair in labels for text in pair):
        problem = "a key or value has a control character; leave it out"
    elif len(labels) > _MAX_LABELS:
        problem = f"{len(labels)} labels; use at most {_MAX_LABELS}"
    elif any(not 1 <= len(key) <= _MAX_LABEL_KEY for key, _ in labels):
        problem = f"a key has no characters, or over {_MAX_LABEL_KEY}; use 1 to {_MAX_LABEL_KEY}"
    elif any(len(value) > _MAX_LABEL_VALUE for _, value in labels):
        problem = f"a value has over {_MAX_LABEL_VALUE} characters; use fewer"
    elif sum(len(text.encode()) for pair in labels for text in pair) > _MAX_LABELS_BYTES:
        problem = f"over {_MAX_LABELS_BYTES >> 10} KiB in all; use less"
    if problem:
        raise InvalidInputError(f"project.labels: {problem}", field="project.labels")
