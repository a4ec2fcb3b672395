from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from services.dataset.bootstrap import make_runner
from services.dataset.fetch_items import FetchWork
from services.dataset.probe_files import ProbeWork
from tests.services.dataset.units import unit


def test_a_kind_has_its_work(blobs: Blobs, tmp_path: Path) -> None:
    runner = make_runner()
    assert isinstance(runner.open(unit(blobs, [])), ProbeWork)
    spec = {"sources": {"cats": {"type": "folder", "path": str(tmp_path)}}}
    assert isinstance(runner.open(unit(blobs, [], kind="dataset.ingest", spec=spec)), FetchWork)
