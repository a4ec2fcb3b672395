"""Models on the local disk, fetched by digest from the store once and checked whenever they are used anew."""

from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.disk import disk_error
from bakehouse.blobs.port import CHUNK_BYTES
from bakehouse.digest import Digest, digest_chunks


class ModelFiles:
    """Files in a folder below `scratch`. Several processes may share it."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / "bakehouse-models"

    def path_of(self, blobs: Blobs, digest: Digest, *, suffix: str) -> Path:
        """The blob as a file, whose name is its digest and `suffix`.

        Raises:
            NotFoundError: it is not in the store.
            CorruptionError: it is damaged there.
            UnavailableError, CapacityError: the store or the disk is away or full.
        """
        path = self._folder / f"{digest}{suffix}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            is_whole = path.exists() and _digest_of(path) == digest
        except OSError as error:
            raise disk_error(error, f"keeping model {digest}", place="BAKEHOUSE_SCRATCH") from error
        if not is_whole:
            blobs.fetch(digest, path)
        return path


def _digest_of(path: Path) -> Digest:
    with path.open("rb") as file:
        return digest_chunks(iter(lambda: file.read(CHUNK_BYTES), b""))
