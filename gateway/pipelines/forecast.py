"""What baking would compute, from the jobs of a pipeline that only plans. Pure.

A number is exact where the stage was planned over what is really there. What comes behind a stage that would
compute something can't be planned: then there is a number that it can't exceed, or none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bakehouse.jobs.record import JobRecord, JobState
from gateway.pipelines.recipe import Recipe
from gateway.pipelines.steps import PLANNING, Baking, Mode, Stage, needs_of, stages_of


class Mark(StrEnum):
    """How sure a number is."""

    EXACT = "EXACT"
    AT_MOST = "AT_MOST"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What baking would compute in one stage. `hit_items` is meant where it is exact, `reason` where not."""

    stage: str
    mark: Mark
    planned_items: int = 0
    hit_items: int = 0
    reason: str = ""


def forecast(
    baking: Baking,
    jobs: Mapping[str, JobRecord],
    *,
    most_texts: int | None,
    has_checkpoint: bool = False,
) -> list[Forecast]:
    """What is known by now, in the order of stages; empty where it is no plan.

    Args:
        baking: what is wanted.
        jobs: its jobs as they are, by slot.
        most_texts: how many different texts there can be at most; None where that is not known.
        has_checkpoint: of the training that was planned: it goes on from there.
    """
    if baking.mode is not Mode.PLAN:
        return []
    found: list[Forecast] = []
    for stage in stages_of(baking.recipe):
        exact = _exact(stage, jobs)
        if exact is not None and stage.name == "train" and exact.planned_items and has_checkpoint:
            exact = replace(exact, mark=Mark.AT_MOST, reason="it goes on from a checkpoint")
        blocking = _blocking(stage, baking.recipe, jobs)
        if exact is not None:
            found.append(exact)
        elif blocking:
            most = most_texts if stage.name == "texts" else _most_steps(stage, baking.recipe)
            found.append(_vague(stage, blocking, most))
    return found


def _exact(stage: Stage, jobs: Mapping[str, JobRecord]) -> Forecast | None:
    planned = jobs.get(stage.name + PLANNING)
    job = planned or (jobs.get(stage.name) if stage.is_cheap else None)
    if job is None or job.state is not JobState.SUCCEEDED:
        return None
    if planned is None:  # it ran, and what it computed is there now
        items = job.planned_items + job.hit_items
        return Forecast(stage=stage.name, mark=Mark.EXACT, hit_items=items)
    return Forecast(
        stage=stage.name, mark=Mark.EXACT, planned_items=job.planned_items, hit_items=job.hit_items
    )


def _blocking(stage: Stage, recipe: Recipe, jobs: Mapping[str, JobRecord]) -> list[str]:
    """What keeps a stage from being planned: what would compute, or is not planned either."""
    before = {other.name: other for other in stages_of(recipe)}
    found = []
    for need in needs_of(stage, recipe):
        planned = jobs.get(need + PLANNING)
        if planned is not None and planned.state is JobState.SUCCEEDED and planned.planned_items:
            verb = "fetches" if need == "ingest" else "computes"
            found.append(f"{need} {verb} {planned.planned_items} first")
        elif planned is None and _blocking(before[need], recipe, jobs):
            found.append(f"{need} is not known")
    return found


def _most_steps(stage: Stage, recipe: Recipe) -> int | None:
    steps = recipe.training.get("max_train_steps")
    has_epochs = recipe.training.get("max_train_epochs") is not None  # which go before steps
    return steps if stage.name == "train" and isinstance(steps, int) and not has_epochs else None


def _vague(stage: Stage, blocking: list[str], most: int | None) -> Forecast:
    reason = " and ".join(blocking)
    if most is None:
        return Forecast(stage=stage.name, mark=Mark.UNKNOWN, reason=reason)
    return Forecast(stage=stage.name, mark=Mark.AT_MOST, planned_items=most, reason=reason)
