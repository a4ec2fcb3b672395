"""SimpleTuner's `caption_shuffle`: a caption in other orders of its parts, as alternatives of it. Pure.

The orders are those of its code, so that a dataset gives the captions that it gives there.
"""

from dataclasses import dataclass
from hashlib import md5
from random import Random

from bakehouse.dataset_config.entry_fields import ShuffleBlock

_SEPARATORS = {"comma": (",", ", "), "space": (None, " "), "period": (".", ". ")}  # to split at, to join by
_SEED_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionShuffle:
    """Puts the parts of captions in other orders."""

    rules: ShuffleBlock

    def apply(self, caption: str) -> tuple[str, ...]:
        """The caption, unless it is not to be there, and its other orders, each once."""
        split_at, joined_by = _SEPARATORS[self.rules.split_on]
        parts = [part.strip() for part in caption.split(split_at) if part.strip()]
        if not self.rules.enable or len(parts) < 2:
            return (caption,)
        fixed, rest = parts[: self.rules.position_start], parts[self.rules.position_start :]
        found = [caption] if self.rules.include_original else []
        for number in range(self.rules.count):
            order = [*rest]
            Random(self._seed(caption) + number).shuffle(order)
            found.append(joined_by.join([*fixed, *order]))
        return tuple(dict.fromkeys(found))

    def _seed(self, caption: str) -> int:
        own = md5(caption.encode(), usedforsecurity=False).hexdigest()
        return self.rules.seed + int(own, 16) % (1 << _SEED_BITS)
