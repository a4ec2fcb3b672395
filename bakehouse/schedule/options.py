"""The options of a recipe that decide a run's schedule, in SimpleTuner's and kohya's words, and its terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from bakehouse.canonical_json import Json
from bakehouse.schedule.terms import MOST_DECIMALS, EntryTerms, Sampling, Terms, Underfilled, Window

_Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOptions:
    """What is asked of a dataset entry; None is what is not given.

    Args:
        repeats: extra passes an epoch, as SimpleTuner counts; a fraction is of the samples.
        probability: its weight among the entries; 0: it is not drawn from.
        start_epoch: from which one it is drawn from, counting from 1.
        start_step: the same in steps.
        end_epoch: the last one that it is drawn from; below 1: none is.
        end_step: the same in steps.
        slider_strength: above 0, below 0, or neutral: the three take turns.
        train_batch_size: of its batches, where it is not that of the others.
        disable_after_epoch_step: its weight falls to nothing over so many steps of each epoch.
    """

    repeats: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=MOST_DECIMALS)] | None = None
    probability: Annotated[Decimal, Field(ge=0, le=1_000_000)] = Decimal(1)
    start_epoch: int = 1
    start_step: int = 0
    end_epoch: int | None = None
    end_step: int | None = None
    slider_strength: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None
    train_batch_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    disable_after_epoch_step: _Count | None = None

    def __post_init__(self) -> None:
        self.window()  # refuses one that never opens

    @property
    def passes(self) -> Fraction:
        """How often an epoch has each sample."""
        return Fraction(self.repeats or 0) + 1

    @property
    def slider(self) -> int:
        """The sign of `slider_strength`."""
        strength = self.slider_strength or 0
        return (strength > 0) - (strength < 0)

    def window(self) -> Window:
        """When it is drawn from.

        Raises:
            InvalidInputError: it ends before it begins.
        """
        return Window(
            start_epoch=self.start_epoch,
            start_step=self.start_step,
            end_epoch=self.end_epoch,
            end_step=self.end_step,
        )


# The keys of a dataset that a schedule depends on.
SCHEDULE_KEYS = tuple(field.name for field in fields(EntryOptions))


def passes_of(entry: Mapping[str, Json]) -> Fraction:
    """How often an epoch has each sample of a dataset, from its options as a recipe or a result has them."""
    return Fraction(str(entry.get("repeats") or 0)) + 1


def trained_as(entry: Mapping[str, Json], *, may_raise: bool = False) -> dict[str, Json]:
    """What training has to know of a dataset: how often it is seen and when, and whether it is a prior.

    Repeats are 0 where they are not given, unless they may be raised then.
    """
    given = {key: entry[key] for key in SCHEDULE_KEYS if entry.get(key) is not None}
    unless = {} if may_raise else {"repeats": 0}
    return {**unless, **given, "prior": entry.get("is_regularisation_data") is True}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What is asked of the run as a whole.

    Args:
        train_batch_size: samples of a micro-batch of a process.
        num_processes: ranks.
        gradient_accumulation_steps: micro-batches of a step, in each process.
        data_backend_sampling: how steps are shared among entries.
        underfilled: what becomes of a bucket that can't fill a step.
        allow_dataset_oversubscription: entries without `repeats` get as many as fill such a bucket.
    """

    train_batch_size: _Count = 1
    num_processes: _Count = 1
    gradient_accumulation_steps: _Count = 1
    data_backend_sampling: Literal["auto-weighting", "uniform"] = "auto-weighting"
    underfilled: Literal["pad", "error"] = "pad"
    allow_dataset_oversubscription: bool = False


def terms_of(
    run: RunOptions, entries: Mapping[str, EntryOptions], *, bucket_names: Sequence[str] = ()
) -> Terms:
    """The terms of a run with these entries, in their order.

    Raises:
        InvalidInputError: an option can't be.
    """
    return Terms(
        entries=[
            EntryTerms(
                name=name,
                passes=entry.passes,
                batch_size=entry.train_batch_size or run.train_batch_size,
                probability=Fraction(entry.probability),
                window=entry.window(),
                slider=entry.slider,
                fade_steps=entry.disable_after_epoch_step,
                oversubscribe=run.allow_dataset_oversubscription and entry.repeats is None,
            )
            for name, entry in entries.items()
        ],
        num_ranks=run.num_processes,
        accumulation=run.gradient_accumulation_steps,
        sampling=Sampling(run.data_backend_sampling),
        underfilled=Underfilled(run.underfilled),
        bucket_names=bucket_names,
    )
