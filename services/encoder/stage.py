"""The encoder's jobs as the engine sees them: which use case plans and finalises which kind."""

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary


class EncoderStage:
    """Plans and finalises `register`, `latents` and `texts`."""

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """Cut what the cache lacks into units. See `bakehouse.jobs.stage.Stage`."""
        # pyarrow costs an idle process 50 MiB.
        from services.encoder import encode_latents, encode_texts, register_model  # as above

        match _verb(request.kind):
            case "register":
                return register_model.plan(request, plan)
            case "latents":
                return encode_latents.plan(request, plan)
            case "texts":
                return encode_texts.plan(request, plan)
        raise _unknown(request.kind)

    def finalise(self, request: FinaliseRequest) -> Json:
        """Make the job's result. See `bakehouse.jobs.stage.Stage`."""
        from services.encoder import encode_latents, encode_texts, register_model  # as above

        match _verb(request.kind):
            case "register":
                return register_model.finalise(request)
            case "latents":
                return encode_latents.finalise(request)
            case "texts":
                return encode_texts.finalise(request)
        raise _unknown(request.kind)


def _verb(kind: str) -> str:
    return kind.rpartition(".")[2]


def _unknown(kind: str) -> InvalidInputError:
    return InvalidInputError(f"{kind}: the encoder has register, latents and texts")
