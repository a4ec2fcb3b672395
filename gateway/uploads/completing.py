"""From parts to a blob. It may be killed anywhere, and asked for again: at any time, by several at once."""

import asyncio
import threading
from dataclasses import replace

from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError, StaleError, StateError
from bakehouse.registry.records import Registry
from bakehouse.registry.revisions import ResourceRef
from gateway.about import about
from gateway.ending import end
from gateway.uploads.intake import Intake
from gateway.uploads.parts import Parts
from gateway.uploads.record import (
    Upload,
    UploadState,
    decode_upload,
    encode_body,
    missing_of,
)
from gateway.uploads.uploads import Uploads


class Completion:
    """Completes uploads, each once at a time: who asks again waits for the one that is under way.

    So a caller whose deadline was too short has lost nothing.
    """

    def __init__(self, uploads: Uploads, registry: Registry, parts: Parts, intake: Intake) -> None:
        self._uploads = uploads
        self._registry = registry
        self._parts = parts
        self._intake = intake
        self._running: dict[ResourceRef, asyncio.Task[Upload]] = {}
        self._stop = threading.Event()

    async def complete(self, ref: ResourceRef) -> Upload:
        """Make the blob, mark the upload complete, remove its parts; the upload afterwards.

        Raises:
            NotFoundError: there is no such upload.
            StateError: parts are missing.
            CorruptionError: the parts give another digest; they were removed.
        """
        task = self._running.get(ref)
        if task is None:
            task = self._running[ref] = asyncio.create_task(self._complete(ref))
            task.add_done_callback(lambda _: self._running.pop(ref))
        return await asyncio.shield(task)

    async def preview(self, ref: ResourceRef) -> Upload:
        """What `complete` would give, as far as can be said without reading the parts. Makes nothing.

        Raises:
            NotFoundError, StateError: as `complete`.
        """
        upload = await self._uploads.get(ref)
        if upload.body.state is UploadState.OPEN:
            with about(upload.name):
                await self._check_parts(upload)
        return replace(upload, body=replace(upload.body, state=UploadState.COMPLETE))

    async def close(self) -> None:
        """Give up what is under way; whoever asks another gateway begins it anew."""
        self._stop.set()
        await end(self._running.values())

    async def _complete(self, ref: ResourceRef) -> Upload:
        upload = await self._uploads.read(ref)
        with about(upload.name):
            if upload.body.state is UploadState.OPEN:
                await self._make_blob(upload)
                upload = await self._mark(upload)
            await asyncio.to_thread(self._parts.remove, upload)
        return await self._uploads.get(ref)

    async def _make_blob(self, upload: Upload) -> None:
        if await self._check_parts(upload):
            return
        try:
            await self._intake.run(lambda: self._parts.join(upload, self._stop))
        except InvalidInputError as error:
            await asyncio.to_thread(self._parts.remove, upload)
            raise CorruptionError(
                f"{upload.name}: the parts do not give {upload.body.digest} and are forgotten; send again"
            ) from error
        except NotFoundError as error:
            if not await self._uploads.has_blob(upload.resource.project, upload.body):
                raise StateError(f"{upload.name}: a part has gone meanwhile; see which are there") from error

    async def _check_parts(self, upload: Upload) -> bool:
        """Whether the blob is there already, so that no parts are needed."""
        if await self._uploads.has_blob(upload.resource.project, upload.body):
            return True
        missing = missing_of(upload.body, await asyncio.to_thread(self._parts.received, upload))
        if missing:
            text = ", ".join(str(span) for span in missing[:20])
            raise StateError(
                f"{upload.name}: parts are missing: {text}{' ...' if len(missing) > 20 else ''}; send them",
                fields={"missing_parts": text},
            )
        return False

    async def _mark(self, upload: Upload) -> Upload:
        body = replace(upload.body, state=UploadState.COMPLETE)
        marked = replace(upload.resource, body=encode_body(body))
        try:
            return decode_upload(await self._registry.update(marked, version=upload.resource.version))
        except StaleError:  # another gateway completed it
            return await self._uploads.read(upload.resource.ref)
