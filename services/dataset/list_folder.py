"""Lists a folder of the server: its pictures and texts become blobs, and their names a listing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary, UnitOutputs, UnitRequest
from bakehouse.manifest.file_names import belongs
from bakehouse.spec import parse_spec
from services.dataset.domain.listing import ListedFile, write_line
from services.dataset.ports import Folders, SeenFile

_BATCH_ITEMS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """Which folder to list: an absolute path on the server, below one of its roots."""

    path: str


def plan_list(request: PlanRequest, plan: PlanWriter, folders: Folders) -> PlanSummary:
    """Cut the folder's files into units. A changed file has another size or time, and so another unit.

    Raises:
        InvalidInputError: the path is no folder below a root, or nothing in it is a picture.
    """
    spec = parse_spec(ListSpec, request.spec, what="list")
    seen = sorted((f for f in folders.walk(spec.path) if belongs(f.name)), key=lambda file: file.name)
    if not seen:
        raise InvalidInputError(f"{spec.path}: no pictures in it; name a folder that has some", field="path")
    size = request.sizing.unit_items(len(seen))
    for start in range(0, len(seen), size):
        files = seen[start : start + size]
        rows: Json = [[file.name, file.size_bytes, str(file.modified_ns)] for file in files]
        plan.add_unit(canonical_bytes(rows), num_items=len(files))
    return PlanSummary()


def finalise_list(request: FinaliseRequest) -> Json:
    """Put the listing together from what the units stored."""
    lines: list[bytes] = []
    num_failed = 0
    for result in request.results:
        num_failed += len(result.failures)
        outputs: Any = result.outputs
        if outputs is not None:
            lines += request.blobs.get(Digest(outputs["lines"])).splitlines(keepends=True)
    if not lines:
        raise InvalidInputError(
            f"none of the {num_failed} files of the folder can be read; see their permissions"
        )
    listing = request.blobs.put(b"".join(lines))
    return {"listing": listing, "counts": {"listed": len(lines), "unreadable": num_failed}}


class ListWork:
    """A unit of files to store. An item is the digest of its name, which may be of any length."""

    def __init__(self, request: UnitRequest, folders: Folders) -> None:
        self._blobs = request.blobs
        self._folders = folders
        self._path = parse_spec(ListSpec, request.spec, what="list").path
        rows = json.loads(request.payload)
        files = [SeenFile(name=name, size_bytes=size, modified_ns=int(time)) for name, size, time in rows]
        self._files: Mapping[str, SeenFile] = {digest_bytes(file.name.encode()): file for file in files}
        self._stored: dict[str, ListedFile] = {}

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """See `UnitWork`."""
        items = list(self._files)
        return [items[at : at + _BATCH_ITEMS] for at in range(0, len(items), _BATCH_ITEMS)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """See `UnitWork`."""
        for item in items:
            seen = self._files[item]
            digest = self._folders.store(self._path, seen, self._blobs)
            self._stored[item] = ListedFile(name=seen.name, digest=digest, size_bytes=seen.size_bytes)
        return ()

    def close(self) -> UnitOutputs:
        """See `UnitWork`."""
        if not self._stored:
            return UnitOutputs(outputs=None)
        files = sorted(self._stored.values(), key=lambda file: file.name)
        lines = self._blobs.put(b"".join(map(write_line, files)))
        return UnitOutputs(outputs={"lines": lines}, blobs=[lines, *sorted({file.digest for file in files})])
