from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanFor, PlanReader, PlanWriter
from bakehouse.jobs.results import UnitResult
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest
from services.dataset.adapters.folders import ServerFolders
from services.dataset.domain.listing import read_listing
from services.dataset.list_folder import ListWork, finalise_list, plan_list
from tests.services.dataset.units import folder_of, unit


class Listing:
    """A folder listed as the engine does it, unit by unit."""

    def __init__(self, blobs: Blobs, tmp_path: Path, folder: Path) -> None:
        self.blobs, self.scratch, self.spec = blobs, tmp_path, {"path": str(folder)}
        self.folders = ServerFolders([tmp_path / "pictures"])
        self.about = PlanFor(kind="dataset.list", spec=canonical_digest(self.spec))

    def plan(self) -> Digest:
        request = PlanRequest(
            kind="dataset.list",
            spec=self.spec,
            inputs={},
            blobs=self.blobs,
            sizing=Sizing(item_s=10),
            scratch=self.scratch,
        )
        writer = PlanWriter(self.blobs, self.about, stop=Event())
        plan_list(request, writer, self.folders)
        return writer.finish()[0]

    def units(self, plan: Digest) -> list[ListWork]:
        reader = PlanReader(self.blobs)
        payloads = [reader.unit(plan, n).payload for n in range(reader.header(plan).num_units)]
        requests = [unit(self.blobs, None, kind="dataset.list", spec=self.spec) for _ in payloads]
        return [
            ListWork(type(request)(**{**_fields(request), "payload": payload}), self.folders)
            for request, payload in zip(requests, payloads, strict=True)
        ]

    def finalise(self, plan: Digest, *results: UnitResult) -> Any:
        return finalise_list(
            FinaliseRequest(
                kind="dataset.list",
                spec=self.spec,
                inputs={},
                blobs=self.blobs,
                plan=PlanReader(self.blobs).header(plan),
                results=iter(results),
                scratch=self.scratch,
            )
        )


def _fields(request: Any) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


def result_of(plan: Digest, number: int, work: ListWork) -> UnitResult:
    for batch in work.batches:
        work.run(batch)
    outputs = work.close()
    return UnitResult(job="j", plan=plan, unit=number, attempt="0" * 12, num_done=1, outputs=outputs.outputs)


def test_a_listing_has_what_belongs_sorted(blobs: Blobs, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, b=b"2", a=b"1", c=b"3")
    (folder / "notes.md").write_bytes(b"no")
    listing = Listing(blobs, tmp_path, folder)
    plan = listing.plan()
    result = listing.finalise(plan, *(result_of(plan, n, work) for n, work in enumerate(listing.units(plan))))
    files = list(read_listing(blobs.open(Digest(result["listing"])), what="cats"))
    assert [(file.name, blobs.get(file.digest)) for file in files] == [
        ("a.png", b"1"),
        ("b.png", b"2"),
        ("c.png", b"3"),
    ]


def test_a_file_that_changed_meanwhile_is_not_taken_for_what_it_was(blobs: Blobs, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=b"1")
    listing = Listing(blobs, tmp_path, folder)
    plan = listing.plan()
    (work,) = listing.units(plan)
    (folder / "a.png").write_bytes(b"22")
    with pytest.raises(InvalidInputError, match="changed while the folder was listed"):
        work.run(work.batches[0])
    assert listing.plan() != plan  # so that no result of the old one is taken


def test_a_folder_without_pictures_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "notes.md").write_bytes(b"no")
    with pytest.raises(InvalidInputError, match="no pictures in it"):
        Listing(blobs, tmp_path, folder).plan()


def test_a_folder_of_which_nothing_can_be_read_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    listing = Listing(blobs, tmp_path, folder_of(tmp_path, a=b"1"))
    with pytest.raises(InvalidInputError, match="none of the 0 files"):
        listing.finalise(listing.plan())
