"""Computes the units of the dataset's jobs in a worker's child."""

from bakehouse.jobs.stage import UnitRequest, UnitWork
from services.dataset.list_folder import ListWork
from services.dataset.ports import Decoder, FaceFinder, Folders
from services.dataset.probe_files import ProbeWork


class DatasetRunner:
    """A unit is files to probe, or files of a folder to store."""

    def __init__(self, decoder: Decoder, faces: FaceFinder, folders: Folders) -> None:
        self._decoder = decoder
        self._faces = faces
        self._folders = folders

    def open(self, request: UnitRequest) -> UnitWork:
        """See `Runner`."""
        if request.kind.endswith(".list"):
            return ListWork(request, self._folders)
        return ProbeWork(request, self._decoder, self._faces)
