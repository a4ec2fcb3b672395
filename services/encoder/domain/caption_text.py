"""Texts to encode, and the batches and units they are encoded in. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bakehouse.digest import Digest

TEXT_REVISION = 1  # of tokenizing and encoding a text
EMPTY = ""

BATCH_ITEMS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedText:
    """A text, and the key that its hidden states are filed under."""

    key: Digest
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUnit:
    """Texts in the batches that they are encoded in."""

    batches: tuple[tuple[KeyedText, ...], ...]


def cut_text_units(texts: Iterable[KeyedText], *, unit_items: int) -> Iterator[TextUnit]:
    """The texts in their order, `unit_items` a unit."""
    remaining = iter(texts)
    while unit := list(islice(remaining, unit_items)):
        batches = (tuple(unit[at : at + BATCH_ITEMS]) for at in range(0, len(unit), BATCH_ITEMS))
        yield TextUnit(batches=tuple(batches))
