"""The dataset service inside a test, and what it works on."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest
from bakehouse.manifest.header import Manifest, decode_manifest
from bakehouse.manifest.reading import TableReader
from services.dataset.bootstrap import program
from services.dataset.domain.listing import ListedFile, write_line
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen, service_kitchen


def put_listing(blobs: Blobs, files: Mapping[str, bytes]) -> Digest:
    """Store files and their listing."""
    listed = [
        ListedFile(name=name, digest=blobs.put(data), size_bytes=len(data))
        for name, data in sorted(files.items())
    ]
    return blobs.put(b"".join(map(write_line, listed)))


def load(blobs: Blobs, result: Any) -> Manifest:
    return decode_manifest(blobs.get(Digest(result["manifest"]["blob"])))


def table(blobs: Blobs, result: Any, name: str) -> list[dict[str, Any]]:
    reader = TableReader(blobs, load(blobs, result).tables[name])
    return [row for batch in reader.batches() for row in batch.to_pylist()]


def dataset_kitchen(
    nats: NatsProcess, store: DirectoryStore, folder: Path
) -> AbstractAsyncContextManager[ServiceKitchen]:
    """The environment names the store for the children."""
    return service_kitchen(ServiceKitchen, program(), nats, folder, store=store)
