"""Plans and finalises the dataset's jobs: which use case a kind is."""

from collections.abc import Callable

from bakehouse.canonical_json import Json
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from services.dataset.ports import Pixels, Sources, Tables


class DatasetStage:
    """The stage of all the kinds in service.toml; `sources` opens what opens sources."""

    def __init__(self, sources: Callable[[], Sources], tables: Tables, pixels: Pixels) -> None:
        self._sources = sources
        self._tables = tables
        self._pixels = pixels

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """See `Stage`."""
        # pyarrow costs an idle process 50 MiB
        from services.dataset.plan_ingest import plan_ingest
        from services.dataset.plan_render import plan_render
        from services.dataset.plan_snapshot import plan_snapshot
        from services.dataset.sizes_job import plan_sizes_job
        from services.dataset.survey_tables import plan_survey

        if request.kind.endswith(".ingest"):
            return plan_ingest(request, plan, self._sources())
        if request.kind.endswith(".render"):
            return plan_render(request, plan)
        if request.kind.endswith(".sizes"):
            return plan_sizes_job(request)
        if request.kind.endswith(".survey"):
            return plan_survey(request)
        return plan_snapshot(request, plan)

    def finalise(self, request: FinaliseRequest) -> Json:
        """See `Stage`."""
        # as above
        from services.dataset.plan_render import finalise_render
        from services.dataset.sizes_job import finalise_sizes
        from services.dataset.survey_tables import write_survey
        from services.dataset.write_listings import write_listings
        from services.dataset.write_snapshot import write_snapshot

        if request.kind.endswith(".ingest"):
            return write_listings(request)
        if request.kind.endswith(".render"):
            return finalise_render(request)
        if request.kind.endswith(".sizes"):
            return finalise_sizes(request)
        if request.kind.endswith(".survey"):
            return write_survey(request, self._tables)
        return write_snapshot(request, self._tables, self._pixels)
