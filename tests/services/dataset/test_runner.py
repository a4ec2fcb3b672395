from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from services.dataset.adapters.faces import HaarFaces
from services.dataset.adapters.folders import ServerFolders
from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.list_folder import ListWork
from services.dataset.probe_files import ProbeWork
from services.dataset.runner import DatasetRunner
from tests.services.dataset.units import unit


def test_a_kind_has_its_work(blobs: Blobs, tmp_path: Path) -> None:
    runner = DatasetRunner(PillowDecoder(max_pixels=1), HaarFaces(), ServerFolders([tmp_path]))
    assert isinstance(runner.open(unit(blobs, [])), ProbeWork)
    listing = unit(blobs, [], kind="dataset.list", spec={"path": str(tmp_path)})
    assert isinstance(runner.open(listing), ListWork)
