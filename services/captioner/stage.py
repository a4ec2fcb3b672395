"""The captioner's stage. What plans and finalises is imported for a job: an idle `serve` is light."""

from bakehouse.canonical_json import Json
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary


class CaptionerStage:
    """Jobs of the kind `captioner.tag`; see docs/stages.md, "captions"."""

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """Plan the pictures that have no scores yet."""
        from services.captioner.planning import plan_tags  # pyarrow costs an idle process 50 MiB

        return plan_tags(request, plan)

    def finalise(self, request: FinaliseRequest) -> Json:
        """Write the captions."""
        from services.captioner.finalising import finalise_tags  # as above

        return finalise_tags(request)
