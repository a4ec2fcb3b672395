"""Plans and finalises training jobs: one unit a run, whose items are its steps."""

from collections.abc import Callable, Mapping
from typing import Any

from bakehouse.base_model import BaseModel, load_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.schedule.places import Calendar
from bakehouse.schedule.terms import SCHEDULE_REVISION
from bakehouse.spec import parse_spec
from services.trainer.order import UNIT_WIRE, UnitPlan
from services.trainer.rates import num_steps_of, rate_schedule
from services.trainer.training_set import TrainingSet, plan_schedule, sizes_of
from services.trainer.training_spec import TrainingSpec

# Raised when a run of the same spec and inputs gives other tensors than before.
TRAINING_REVISION = 2

ReadTrainingSet = Callable[[Blobs, Mapping[str, Digest], bool], TrainingSet]


class TrainerStage:
    """Reads what there is to train on, through `read`, and counts its steps."""

    def __init__(self, read: ReadTrainingSet) -> None:
        self._read = read

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """One unit of as many items as the run has steps.

        Raises:
            InvalidInputError, StateError, NotFoundError: the run can't work as it is asked for.
        """
        spec = parse_spec(TrainingSpec, request.spec, what="training")
        base = load_base_model(request.blobs, spec.base)
        _check_prompts(spec, base)
        if request.kind.endswith(".check"):  # a pipeline asks before there is anything to train on
            if spec.max_train_epochs is None and spec.max_train_steps is not None:
                rate_schedule(spec, spec.max_train_steps)
            return PlanSummary()
        _check_texts(spec, request.inputs)
        data = self._read(request.blobs, request.inputs, not spec.trains_text_encoder)
        for width, height in sizes_of(data):
            base.check_size(width, height)
        scheduled = plan_schedule(data, spec)
        calendar = Calendar(scheduled.terms, scheduled.counts())
        num_steps = num_steps_of(spec, calendar)
        rate_schedule(spec, num_steps)
        unit = UnitPlan(
            key=run_key(request.spec, spec, data),
            num_steps=num_steps,
            num_epochs=calendar.place(num_steps - 1).epoch + 1,
        )
        plan.add_unit(UNIT_WIRE.encode(unit), num_items=num_steps)
        return PlanSummary(context={"left_out": dict(data.left_out)})

    def finalise(self, request: FinaliseRequest) -> Json:
        """What the ranks said at their end."""
        (result,) = request.results
        if not isinstance(result.outputs, Mapping):
            raise CorruptionError(f"the result of plan {result.plan} has no outputs; bake again")
        context: Any = request.plan.context
        return {**result.outputs, "left_out": context["left_out"]}


def run_key(asked: Json, spec: TrainingSpec, data: TrainingSet) -> Digest:
    """What a run's adapter depends on. `asked` is the spec as it came, `spec` the same read."""
    assert isinstance(asked, Mapping)  # it was read
    empty: Json = None if spec.empty_text is None else spec.empty_text.key
    depends: dict[str, Json] = {
        "revision": TRAINING_REVISION,
        "spec": {**asked, "empty_text": empty},
        "samples": data.key,
    }
    if (
        spec.gradient_accumulation_steps > 1
    ):  # whose steps the schedule's second revision changed, and no others
        depends["schedule"] = SCHEDULE_REVISION
    return canonical_digest(depends)


def _check_prompts(spec: TrainingSpec, base: BaseModel) -> None:
    for number, prompt in enumerate(spec.sample_prompts, start=1):
        for name, side in (("width", prompt.width), ("height", prompt.height)):
            if side is not None and side % base.vae_factor:
                raise InvalidInputError(
                    f"prompt {number}: a {name} of {side} px; give a multiple of {base.vae_factor}",
                    field="sample_prompts",
                )


def _check_texts(spec: TrainingSpec, inputs: Mapping[str, Digest]) -> None:
    if spec.trains_text_encoder:
        if "texts" in inputs:
            raise InvalidInputError(
                "the text encoder is trained, so cached texts would be of no use; leave the input texts "
                "out, or set network_train_unet_only",
                field="texts",
            )
    elif spec.caption_dropout_rate > 0 and spec.empty_text is None:
        raise InvalidInputError(
            f"caption_dropout_rate is {spec.caption_dropout_rate}, and empty_text is missing: give `empty` "
            "of the texts stage's result",
            field="empty_text",
        )
