"""What a user wants of captions: the spec of `captioner.tag`, entry by entry. Names are kohya's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError

ABOVE_ALL = 2.0  # no score reaches a threshold above 1

Existing = Literal["keep", "replace", "append"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioning:
    """How the captions of a dataset entry are made.

    general_threshold, character_threshold: the score, 0 to 1, from which a tag is in; above 1 none is.
    undesired_tags: never in the text, in either spelling.
    trigger_word: what every caption that is written begins with.
    always_first_tags: those that were found come next, in this order.
    caption_separator: between two tags.
    remove_underscore: write `long hair`, not `long_hair`; faces such as `^_^` stay.
    existing: what becomes of a caption that the source has: it stays as it is (`keep`), is thrown away
        (`replace`), or the tags follow it (`append`).
    """

    general_threshold: float = 0.35
    character_threshold: float = 0.85
    undesired_tags: tuple[str, ...] = ()
    trigger_word: str = ""
    always_first_tags: tuple[str, ...] = ()
    caption_separator: str = ", "
    remove_underscore: bool = True
    existing: Existing = "keep"

    def __post_init__(self) -> None:
        for name in ("general_threshold", "character_threshold"):
            if not 0 <= getattr(self, name) <= ABOVE_ALL:
                raise InvalidInputError(
                    f"{name}: {getattr(self, name)}; give 0 to 1, or {ABOVE_ALL:g} for no such tag",
                    field=name,
                )
        if not self.caption_separator:
            raise InvalidInputError(
                'caption_separator: it is empty; give ", " or another text', field="caption_separator"
            )
        if len(self.trigger_word.splitlines()) > 1:
            raise InvalidInputError(
                f"trigger_word: {self.trigger_word!r} has several lines; give it in one", field="trigger_word"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSpec:
    """The spec of `captioner.tag`.

    tagger: the listing of the tagger's folder, in the project `shared`.
    entries: how each dataset entry is captioned, by its id; `default` is for those that are not named.
    """

    tagger: Digest
    entries: Mapping[str, Captioning] = field(default_factory=dict)
    default: Captioning = field(default_factory=Captioning)

    def __post_init__(self) -> None:
        parse_digest(self.tagger, field="tagger")

    def captioning_of(self, entry: str) -> Captioning:
        """How the samples of `entry` are captioned."""
        return self.entries.get(entry, self.default)
