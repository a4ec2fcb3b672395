"""Computes the units of the dataset's jobs in a worker's child."""

from bakehouse.jobs.stage import UnitRequest, UnitWork
from services.dataset.fetch_items import FetchWork
from services.dataset.ports import Decoder, FaceFinder, Renderer, Sources
from services.dataset.probe_files import ProbeWork
from services.dataset.render_pictures import RenderWork


class DatasetRunner:
    """A unit is files to probe, items of sources to fetch, or pictures to make for other tools."""

    def __init__(self, decoder: Decoder, faces: FaceFinder, sources: Sources, renderer: Renderer) -> None:
        self._decoder = decoder
        self._renderer = renderer
        self._faces = faces
        self._sources = sources

    def open(self, request: UnitRequest) -> UnitWork:
        """See `Runner`."""
        if request.kind.endswith(".ingest"):
            return FetchWork(request, self._sources)
        if request.kind.endswith(".render"):
            return RenderWork(request, self._renderer)
        return ProbeWork(request, self._decoder, self._faces)
