"""Plans and finalises the dataset's jobs: which use case a kind is."""

from bakehouse.canonical_json import Json
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from services.dataset.list_folder import finalise_list, plan_list
from services.dataset.ports import Folders


class DatasetStage:
    """The stage of `dataset.snapshot` and `dataset.list`."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """See `Stage`."""
        if request.kind.endswith(".list"):
            return plan_list(request, plan, self._folders)
        # pyarrow costs an idle process 50 MiB
        from services.dataset.plan_snapshot import plan_snapshot

        return plan_snapshot(request, plan)

    def finalise(self, request: FinaliseRequest) -> Json:
        """See `Stage`."""
        if request.kind.endswith(".list"):
            return finalise_list(request)
        # as above
        from services.dataset.write_snapshot import write_snapshot

        return write_snapshot(request)
