"""Uploads: begun, looked at, signed, given up. How parts come in and become a blob is in files of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bakehouse.blobs.blobs import blob_key
from bakehouse.blobs.port import ObjectStore
from bakehouse.errors import (
    InvalidInputError,
    NotFoundError,
    StaleError,
    StateError,
    UnavailableError,
)
from bakehouse.registry.records import Registry, Resource, request_digest
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.names import UPLOADS, ResourceName
from gateway.about import about
from gateway.creation import Asking, preview
from gateway.projects import Projects
from gateway.uploads.parts import Parts
from gateway.uploads.record import (
    UPLOAD_KIND,
    PartRange,
    Upload,
    UploadBody,
    UploadState,
    UploadWish,
    decode_upload,
    encode_body,
    numbers_of,
    part_size_for,
    ranges_of,
)
from gateway.urls import SignedUrl, Urls

MAX_SIGNED_PARTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """The most bytes of one upload, and how long one is kept."""

    size_bytes: int
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPart:
    """Where to PUT a part of `size_bytes`."""

    part: int
    size_bytes: int
    url: SignedUrl


class Uploads:
    """The uploads of all projects."""

    def __init__(
        self, *, registry: Registry, store: ObjectStore, projects: Projects, urls: Urls, limits: UploadLimits
    ) -> None:
        self._registry = registry
        self._store = store
        self._parts = Parts(store)
        self._projects = projects
        self._urls = urls
        self._limits = limits

    async def create(self, project: str, wish: UploadWish, asking: Asking) -> Upload:
        """Begin an upload; it is complete at once where the project has the bytes.

        The same request again gives the same upload, which begins anew where it was given up, has expired,
        or became a blob that is gone.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: it is too large, or the request's id was used for something else.
        """
        if wish.size_bytes > self._limits.size_bytes:
            raise InvalidInputError(
                f"upload.size_bytes: {wish.size_bytes} is over {self._limits.size_bytes}, the most that this"
                " studio takes (BAKEHOUSE_UPLOAD_MAX_BYTES)",
                field="upload.size_bytes",
            )
        await self._projects.require_room(project)
        wanted = await self._wanted(project, wish, asking)
        with about(name_of(wanted.ref)):
            found = await (_preview if asking.validate_only else _create)(self._registry, wanted)
        return await self._with_parts(decode_upload(found))

    async def get(self, ref: ResourceRef) -> Upload:
        """An upload as it is now, with the parts that have arrived.

        Raises:
            NotFoundError: there is none, or it was forgotten.
        """
        return await self._with_parts(await self.read(ref))

    async def read(self, ref: ResourceRef) -> Upload:
        """An upload as it is now, whatever its parts.

        Raises:
            NotFoundError: there is none, or it was forgotten.
        """
        with about(name_of(ref)):
            try:
                upload = decode_upload(await self._registry.get(ref))
            except NotFoundError as error:
                raise _missing(ref) from error
            if upload.body.state is UploadState.GIVEN_UP:
                raise _missing(ref)
        return upload

    async def read_open(self, ref: ResourceRef) -> Upload:
        """An upload that takes parts.

        Raises:
            NotFoundError: there is none, or its time is over.
            StateError: it is complete.
        """
        upload = await self.read(ref)
        with about(upload.name):
            if upload.body.state is UploadState.COMPLETE:
                raise StateError(f"{upload.name} is complete and takes no parts; read its blob")
            if upload.body.is_expired(datetime.now(UTC)):
                raise NotFoundError(f"{upload.name} has expired; create it again")
        return upload

    async def sign(self, ref: ResourceRef, ranges: Sequence[PartRange]) -> list[SignedPart]:
        """URLs to PUT parts to, in the order in which they were asked for.

        Raises:
            NotFoundError, StateError: as `read_open`; or this store has no URLs.
            InvalidInputError: there are no such parts, or they are over 1000.
        """
        upload = await self.read_open(ref)
        for span in ranges:
            upload.body.part_bytes(span.first), upload.body.part_bytes(span.last)
        num_parts = sum(span.last - span.first + 1 for span in ranges)
        if num_parts > MAX_SIGNED_PARTS:
            raise InvalidInputError(
                f"parts: {num_parts} in one call; ask for at most {MAX_SIGNED_PARTS}", field="parts"
            )
        return [self._signed(upload, part) for part in numbers_of(ranges)]

    async def delete(self, ref: ResourceRef, *, validate_only: bool = False) -> None:
        """Give an upload up, and remove its parts. A part that is on its way is removed when it expires.

        Raises:
            NotFoundError: there is none.
        """
        upload = await self.read(ref)
        if validate_only:
            return
        with about(upload.name):
            body = replace(upload.body, state=UploadState.GIVEN_UP)
            await self._registry.update(replace(upload.resource, body=encode_body(body)))
        await asyncio.to_thread(self._parts.remove, upload)

    async def has_blob(self, project: str, wish: UploadWish | UploadBody) -> bool:
        """Whether the project has the bytes already."""
        found = await asyncio.to_thread(self._store.stat, blob_key(project, wish.digest))
        return found is not None and found.size_bytes == wish.size_bytes

    async def _wanted(self, project: str, wish: UploadWish, asking: Asking) -> Resource:
        expires = datetime.now(UTC) + timedelta(seconds=self._limits.expires_s)
        is_there = await self.has_blob(project, wish)
        body = UploadBody(
            size_bytes=wish.size_bytes,
            digest=wish.digest,
            content_type=wish.content_type,
            filename=wish.filename,
            part_size_bytes=part_size_for(wish.size_bytes),
            expire_time=expires.isoformat(timespec="milliseconds"),
            state=UploadState.COMPLETE if is_there else UploadState.OPEN,
        )
        asked = (wish.size_bytes, wish.digest, wish.content_type, wish.filename)
        return Resource(
            project=project,
            kind=UPLOAD_KIND,
            id=asking.new_id(UPLOAD_KIND, project),
            body=encode_body(body),
            request=asking.request,
            request_digest=request_digest(asked),
        )

    async def _with_parts(self, upload: Upload) -> Upload:
        if upload.body.state is UploadState.COMPLETE:
            parts = ranges_of(range(upload.body.num_parts))
        else:
            parts = await asyncio.to_thread(self._parts.received, upload)
        return replace(upload, received=parts)

    def _signed(self, upload: Upload, part: int) -> SignedPart:
        size_bytes = upload.body.part_bytes(part)
        expires = datetime.fromisoformat(upload.body.expire_time)
        url = self._urls.to_put(self._parts.key(upload, part), size_bytes=size_bytes, not_after=expires)
        return SignedPart(part=part, size_bytes=size_bytes, url=url)


async def _create(registry: Registry, wanted: Resource) -> Resource:
    """Create, or bring to what is wanted now what an earlier request of the same id left."""
    while True:
        found = await registry.create(wanted)
        if found.deleted:
            raise UnavailableError(f"{wanted.kind} {wanted.id} is being forgotten; try again in a moment")
        if not _is_outdated(decode_upload(found).body, decode_upload(wanted).body):
            return found
        try:
            return await registry.update(replace(found, body=wanted.body), version=found.version)
        except StaleError:
            continue


async def _preview(registry: Registry, wanted: Resource) -> Resource:
    found = await preview(registry, wanted)
    is_outdated = _is_outdated(decode_upload(found).body, decode_upload(wanted).body)
    return replace(found, body=wanted.body) if is_outdated else found


def _is_outdated(found: UploadBody, wanted: UploadBody) -> bool:
    """Whether there is a blob now and was none, or was one and is none, or the time is over."""
    return found.state is not wanted.state or found.is_expired(datetime.now(UTC))


def _missing(ref: ResourceRef) -> NotFoundError:
    return NotFoundError(f"{name_of(ref)} is not there, or was given up or forgotten; create it again")


def upload_ref(project: str, upload: str) -> ResourceRef:
    """The address of an upload, from its ids."""
    return ResourceRef(project=project, kind=UPLOAD_KIND, id=upload)


def name_of(ref: ResourceRef) -> ResourceName:
    """The name of an upload in the API."""
    return ResourceName(project=ref.project, collection=UPLOADS, id=ref.id)
