"""Which texts a run can draw, and which of them a sample gets at its turn: for cache and trainer. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.turns import Turn

NO_CAPTION = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRule:
    """How captions are drawn: `dropout_rate` (0 to 1) is how often a sample is shown without its caption."""

    dropout_rate: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.dropout_rate <= 1:
            raise InvalidInputError(f"caption dropout rate {self.dropout_rate}; give 0 to 1")


def texts_to_cache(captions: Iterable[str], rule: CaptionRule) -> Iterator[str]:
    """Every text that `draw_variant` can ask for, each once: all variants, and the empty one for dropout."""
    seen = set()
    if rule.dropout_rate > 0:
        seen.add(NO_CAPTION)
        yield NO_CAPTION
    for text in captions:
        if text not in seen:
            seen.add(text)
            yield text


def draw_variant(rule: CaptionRule, num_variants: int, turn: Turn) -> int | None:
    """Which of a sample's captions it gets at `turn`, all equally likely; None for the empty text.

    Raises:
        InvalidInputError: the sample has no caption.
    """
    if num_variants < 1:
        raise InvalidInputError(f"sample {turn.sample.hex()} has no caption; give it one or leave it out")
    if turn.uniform("caption_dropout") < rule.dropout_rate:
        return None
    return turn.bits("caption_variant") % num_variants
