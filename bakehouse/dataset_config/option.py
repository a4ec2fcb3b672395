"""What is to be said of a key of a dataset: once, for the code that checks it and for the page about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bakehouse.kinds import Kind


class Standing(StrEnum):
    """What becomes of a key."""

    HONOURED = "honoured"
    REPLACED = "replaced"
    NOT_YET = "not yet"


class Holder(StrEnum):
    """Who holds to a key that is honoured."""

    ENTRY = "entry"  # the dataset service and those behind it: a field of `EntryFields`
    READER = "reader"  # whoever reads the document: it says which entries there are, and where pictures lie


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A key.

    Args:
        kind: what its value is.
        says: what it means, and its unit.
        standing: what becomes of it.
        holder: who holds to it.
        goes_with: the one type of source that it belongs to; empty where any will do.
        default: what counts where it is not given, as people read it; empty where nothing does.
        instead: what does its work (replaced), or what is missing and what to do about it (not yet).
        differs: what SimpleTuner does otherwise, and why it is otherwise here; empty where nothing is.
        choices: the texts that it may be.
        low, high: the least and the greatest number that it may be.
        later: choices that are not yet, with what is missing.
        block: the keys of the tables that it holds.
    """

    kind: Kind
    says: str
    standing: Standing = Standing.HONOURED
    holder: Holder = Holder.ENTRY
    goes_with: str = ""
    default: str = ""
    instead: str = ""
    differs: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    later: Mapping[str, str] = field(default_factory=dict)
    block: Mapping[str, "Option"] = field(default_factory=dict)

    @property
    def is_honoured(self) -> bool:
        """Whether somebody holds to it."""
        return self.standing is Standing.HONOURED


Options = Mapping[str, Option]


def out_of_range(option: Option, value: float) -> str:
    """What is wrong with a number, as the end of `VALUE ...`; empty where nothing is."""
    is_low = option.low is not None and value < option.low
    is_high = option.high is not None and value > option.high
    if not is_low and not is_high:
        return ""
    if option.high is None:
        return f"give {option.low:.12g} or more"
    return (
        f"give at most {option.high:.12g}"
        if option.low is None
        else f"give {option.low:.12g} to {option.high:.12g}"
    )
