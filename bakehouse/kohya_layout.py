"""What kohya's scripts take: folders `N_trigger class` and the text of a dataset_config.toml. Pure.

They repeat pictures a whole number of times. Passes that are fractions are made whole by a common factor, so
that an epoch there is as many epochs here; where no small one does it they are rounded.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from bakehouse.errors import InvalidInputError

_MOST_FACTOR = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePasses:
    """`num_repeats` of each group. An epoch of them is `factor` epochs; exactly so if `is_exact`."""

    num_repeats: Mapping[str, int]
    factor: int
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KohyaSubset:
    """A folder of pictures. Its trigger word and class are the caption of a picture without one."""

    image_dir: str
    num_repeats: int
    trigger: str
    class_words: str = ""
    caption_extension: str = ".txt"
    is_prior: bool = False

    def __post_init__(self) -> None:
        if self.num_repeats < 1:
            raise InvalidInputError(
                f"{self.image_dir}: {self.num_repeats} repeats; kohya leaves it out; give 1 or more"
            )
        if not self.trigger.strip() or {"/", "\\", "\0", "\n"} & set(self.class_tokens):
            raise InvalidInputError(
                f"{self.image_dir}: {self.class_tokens!r} can't be a folder's name; give a trigger word "
                "without slashes and line breaks"
            )

    @property
    def class_tokens(self) -> str:
        """What stands behind the number: the caption where there is none."""
        return f"{self.trigger.strip()} {self.class_words.strip()}".strip()

    @property
    def folder(self) -> str:
        """What the folder is called in kohya's layout: the number ends at the first underscore."""
        return f"{self.num_repeats}_{self.class_tokens}"


def whole_passes(passes: Mapping[str, Fraction]) -> WholePasses:
    """Passes as kohya takes them, at least 1 each."""
    factor = lcm(*(part.denominator for part in passes.values()))
    is_exact = factor <= _MOST_FACTOR
    factor = factor if is_exact else 1
    return WholePasses(
        num_repeats={name: max(1, round(part * factor)) for name, part in passes.items()},
        factor=factor,
        is_exact=is_exact,
    )


def folder_layout(subsets: Iterable[KohyaSubset]) -> Mapping[str, str]:
    """Where each folder of pictures belongs, below the folder that is given to kohya's scripts.

    Raises:
        InvalidInputError: two would be one folder.
    """
    found: dict[str, str] = {}
    for subset in subsets:
        place = f"{'reg' if subset.is_prior else 'img'}/{subset.folder}"
        if place in found.values():
            raise InvalidInputError(f"{place} is there twice; give each folder its own trigger or class")
        found[subset.image_dir] = place
    return found


def dataset_config(subsets: Iterable[KohyaSubset], *, resolution: int | None = None) -> str:
    """A dataset_config.toml, one dataset whose subsets are these. `resolution` in pixels."""
    lines = ["[general]", "enable_bucket = true", "", "[[datasets]]"]
    lines += [f"resolution = {resolution}"] if resolution else []
    for subset in subsets:
        lines += [
            "",
            "  [[datasets.subsets]]",
            f"  image_dir = {_quoted(subset.image_dir)}",
            f"  num_repeats = {subset.num_repeats}",
            f"  class_tokens = {_quoted(subset.class_tokens)}",
            f"  caption_extension = {_quoted(subset.caption_extension)}",
            *(["  is_reg = true"] if subset.is_prior else []),
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a basic string of TOML
