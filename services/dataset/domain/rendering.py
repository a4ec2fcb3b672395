"""What a picture that is made for other tools is to be like, and the key that it is remembered by."""

import re
from dataclasses import dataclass
from typing import Literal

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

RENDER_KIND = "render"
RENDER_REVISION = 1

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A PNG of the upright picture; with `pad` in the middle of a square of `background`, `#rrggbb`."""

    pad: Literal["none", "square"] = "none"
    background: str = "#ffffff"

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.background):
            raise InvalidInputError(
                f"background: {self.background[:40]!r} is no colour; write #rrggbb", field="background"
            )

    def inputs(self) -> dict[str, Json]:
        """What its key depends on beside the picture."""
        return {"pad": self.pad, "background": self.background if self.pad != "none" else None}
