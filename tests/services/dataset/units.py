"""Units as a worker's child is given them."""

from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import digest_bytes
from bakehouse.jobs.stage import UnitRequest


def unit(blobs: Blobs, payload: Json, *, kind: str = "dataset.snapshot", spec: Json = None) -> UnitRequest:
    return UnitRequest(
        kind=kind,
        spec=spec,
        blobs=blobs,
        payload=canonical_bytes(payload),
        job="j",
        plan=digest_bytes(b"plan"),
        unit=0,
    )


def folder_of(tmp_path: Path, **files: bytes) -> Path:
    folder = tmp_path / "pictures" / "cats"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / f"{name}.png").write_bytes(data)
    return folder
