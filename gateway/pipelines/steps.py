"""Which job follows which: from a recipe and its jobs so far to the next orders, or to the end. Pure.

    register ──┬─> snapshot ─┬─> captions ──> texts ──┬─> train
    ingest ────┘             └─> latents ─────────────┘

Beside the snapshot the trainer checks what it will be asked: a wrong option is told at once, and not when the
other stages have done their work.

A recipe whose pictures the client has sent has no ingest stage. One without a tagger has no captions stage:
the snapshot's manifest holds the captions then. One that trains the text encoder has no texts stage. Where
baking is only planned, what costs anything is planned only; what then has nothing to compute is run, so that
the stages behind it can be planned too. Where a table declares sizes, a plan has a survey: it tells what
would become of pictures that nobody has opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.schedule.options import trained_as
from gateway.pipelines.ingested import caption_rules_of, entries_of
from gateway.pipelines.recipe import Recipe


class Mode(StrEnum):
    """Bake, or say what baking would compute."""

    BAKE = "BAKE"
    PLAN = "PLAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step. `is_cheap`: it is run even where baking is only planned. `check`: what kind checks its spec."""

    name: str
    kind: str
    needs: tuple[str, ...] = ()
    is_cheap: bool = False
    check: str = ""


STAGES = (
    Stage(name="register", kind="encoder.register", is_cheap=True),
    Stage(name="ingest", kind="dataset.ingest"),
    Stage(name="survey", kind="dataset.survey", needs=("register",), is_cheap=True),
    Stage(name="snapshot", kind="dataset.snapshot", needs=("register", "ingest"), is_cheap=True),
    Stage(name="captions", kind="captioner.tag", needs=("snapshot",)),
    Stage(name="latents", kind="encoder.latents", needs=("snapshot",)),
    Stage(name="texts", kind="encoder.texts", needs=("snapshot", "captions")),
    Stage(
        name="train",
        kind="trainer.train",
        needs=("snapshot", "captions", "latents", "texts"),
        check="trainer.check",
    ),
)
PLANNING = "-plan"  # the end of a slot whose job is only planned
CHECKING = "-check"  # the end of a slot whose job only checks a spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Baking:
    """What somebody wants of a recipe. `fresh` is a nonce for training, empty where any adapter will do."""

    recipe: Recipe
    mode: Mode = Mode.BAKE
    fresh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A job to start. Its slot is the stage's name, with "-plan" where it is only planned.

    One that only checks the spec is planned only, too: its slot ends with "-check".
    """

    stage: Stage
    spec: Mapping[str, Json]
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    plan_only: bool = False
    is_check: bool = False

    @property
    def slot(self) -> str:
        """What the job is called in its pipeline."""
        if self.is_check:
            return self.stage.name + CHECKING
        return self.stage.name + PLANNING if self.plan_only else self.stage.name

    @property
    def kind(self) -> str:
        """The kind of the job."""
        return self.stage.check if self.is_check else self.stage.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a pipeline ends. `job` is the one that is to blame."""

    state: JobState
    stage: str = ""
    job: JobRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do now: start these jobs, or end; neither means to wait."""

    orders: tuple[Order, ...] = ()
    ending: Ending | None = None


def stages_of(recipe: Recipe, mode: Mode = Mode.BAKE) -> tuple[Stage, ...]:
    """The stages that a recipe has, in order."""
    absent = {"captions"} if recipe.tagger is None else set()
    absent |= {"texts"} if recipe.trains_text_encoder else set()
    absent |= set() if recipe.sources else {"ingest"}
    absent |= set() if mode is Mode.PLAN and recipe.declares_sizes else {"survey"}
    return tuple(stage for stage in STAGES if stage.name not in absent)


def needs_of(stage: Stage, recipe: Recipe) -> tuple[str, ...]:
    """The stages of this recipe that have to be done before `stage`."""
    present = {other.name for other in stages_of(recipe)}
    return tuple(need for need in stage.needs if need in present)


def results_of(jobs: Mapping[str, JobRecord]) -> dict[str, Mapping[str, Json]]:
    """What the stages gave that are done, by stage."""
    return {
        slot: job.result
        for slot, job in jobs.items()
        if job.state is JobState.SUCCEEDED and not job.plan_only and isinstance(job.result, Mapping)
    }


def next_step(baking: Baking, jobs: Mapping[str, JobRecord], *, alignment: int | None) -> Step:
    """What to do, given the jobs that there are, by slot.

    Args:
        baking: what is wanted.
        jobs: its jobs as they are.
        alignment: of the base model, in pixels; None while that is not registered.

    Raises:
        CorruptionError: a job that is done did not give what its stage gives.
    """
    for state in (JobState.FAILED, JobState.CANCELLED):
        for slot, job in jobs.items():
            if job.state is state:
                return Step(ending=Ending(state=state, stage=stage_of_slot(slot), job=job))
    done = results_of(jobs)
    asked = _Asked(baking=baking, done=done, alignment=alignment)
    orders = [
        Order(stage=stage, spec=asked.check(), plan_only=True, is_check=True)
        for stage in stages_of(baking.recipe, baking.mode)
        if stage.check and "register" in done and stage.name + CHECKING not in jobs
    ]
    for stage in stages_of(baking.recipe, baking.mode):
        plan_only = _is_to_plan(stage, baking, jobs)
        slot = stage.name + PLANNING if plan_only else stage.name
        is_ready = done.keys() >= {*needs_of(stage, baking.recipe)} and not _is_enough(stage, jobs)
        if is_ready and slot not in jobs:
            orders.append(
                Order(stage=stage, spec=asked.spec(stage), inputs=asked.inputs(stage), plan_only=plan_only)
            )
    if orders or any(not job.state.is_final for job in jobs.values()):
        return Step(orders=tuple(orders))
    return Step(ending=Ending(state=JobState.SUCCEEDED))


def stage_of_slot(slot: str) -> str:
    """The name of the stage that a slot's job is of."""
    return slot.removesuffix(PLANNING).removesuffix(CHECKING)


def _is_to_plan(stage: Stage, baking: Baking, jobs: Mapping[str, JobRecord]) -> bool:
    # A snapshot opens pictures. Where a table says how large they are, the survey tells without.
    is_cheap = stage.is_cheap and not (stage.name == "snapshot" and baking.recipe.declares_sizes)
    is_plan = baking.mode is Mode.PLAN and not is_cheap
    return is_plan and stage.name + PLANNING not in jobs


def _is_enough(stage: Stage, jobs: Mapping[str, JobRecord]) -> bool:
    """Whether a stage was planned and need not run: it would compute something, or nothing is behind it."""
    planned = jobs.get(stage.name + PLANNING)
    if planned is None:
        return False
    is_last = all(stage.name not in other.needs for other in STAGES)
    return is_last or planned.state is not JobState.SUCCEEDED or planned.planned_items > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What each stage is asked: docs/stages.md as code."""

    baking: Baking
    done: Mapping[str, Mapping[str, Json]]
    alignment: int | None

    def inputs(self, stage: Stage) -> dict[str, Digest]:
        match stage.name:
            case "captions" | "latents":
                return {"snapshot": self._manifest("snapshot")}
            case "texts":
                return {"captions": self._manifest("captions")}
            case "train":
                roles = (
                    "snapshot",
                    "captions",
                    *(role for role in ("latents", "texts") if role in self.done),
                )
                return {role: self._manifest(role) for role in roles}
            case _:
                return {}

    def spec(self, stage: Stage) -> dict[str, Json]:
        recipe = self.baking.recipe
        match stage.name:
            case "register":
                return {"files": recipe.base_model}
            case "ingest":
                return {"sources": recipe.sources}
            case "snapshot":
                entries: Json = [*self._entries().values()]
                return {"entries": entries, "alignment": self.alignment}
            case "survey":
                given: Json = [dataset.entry for dataset in recipe.datasets]
                return {"entries": given, "alignment": self.alignment}
            case "captions":
                return {
                    "default": {},
                    **(recipe.captioning or {}),
                    "entries": caption_rules_of(recipe, self.done),
                }
            case "latents":
                return {"base_model": self._base_model(), "dtype": recipe.cache_dtype}
            case "texts":
                return {
                    "base_model": self._base_model(),
                    "dtype": recipe.cache_dtype,
                    "dropout": True,
                    **_lengths(recipe),
                }
            case _:
                ours = {
                    "fresh": self.baking.fresh or None,
                    "empty_text": self.done.get("texts", {}).get("empty"),
                }
                given = {key: value for key, value in ours.items() if value is not None}
                return {
                    **recipe.training,
                    **given,
                    "base_model": self._base_model(),
                    "entries": self._trained(),
                }

    def check(self) -> dict[str, Json]:
        """What training will be asked, as far as it is known when the base model is."""
        recipe = self.baking.recipe
        return {**recipe.training, "base_model": self._base_model(), "entries": self._trained()}

    def _entries(self) -> dict[str, Mapping[str, Json]]:
        return entries_of(self.baking.recipe, self.done)

    def _trained(self) -> dict[str, Json]:
        may_raise = self.baking.recipe.training.get("allow_dataset_oversubscription") is True
        return {own: trained_as(entry, may_raise=may_raise) for own, entry in self._entries().items()}

    def _manifest(self, stage: str) -> Digest:
        found = self.done.get(stage, self.done["snapshot"])  # without a tagger it has the captions, too
        match found.get("manifest"):
            case {"blob": str(blob)}:
                return Digest(blob)
        raise CorruptionError(f"stage {stage} gave no manifest; report a bug")

    def _base_model(self) -> str:
        match self.done["register"].get("base_model"):
            case str(digest):
                return digest
        raise CorruptionError("stage register gave no base_model; report a bug")


def _lengths(recipe: Recipe) -> dict[str, Json]:
    """What of the training section changes the texts."""
    return {key: recipe.training[key] for key in ("max_token_length", "clip_skip") if key in recipe.training}
