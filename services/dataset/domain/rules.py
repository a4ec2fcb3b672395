"""The rules by which the pictures of an entry are bucketed, in one unit: values, and the checks on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height

    @property
    def area(self) -> int:
        """Pixels in all."""
        return self.width * self.height

    def covers(self, other: "Size") -> bool:
        """Whether `other` can be cut out of it."""
        return self.width >= other.width and self.height >= other.height


class CropStyle(StrEnum):
    """Where the bucket's rectangle is cut out of the resized picture."""

    RANDOM = "random"
    CENTER = "center"
    CORNER = "corner"


class CropAspect(StrEnum):
    """Which shape a cropped picture gets."""

    SQUARE = "square"
    PRESERVE = "preserve"
    CLOSEST = "closest"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectChoice:
    """A shape that a picture may be cropped to, width by height, and how often `random` draws it."""

    aspect: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.aspect < 100:
            raise InvalidInputError(
                f"crop_aspect_buckets: {self.aspect} is no width by height; give 0.01 to 99"
            )
        if not self.weight > 0:
            raise InvalidInputError(
                f"crop_aspect_buckets: weight {self.weight}; give more than 0, or leave it out"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How an entry's pictures are resized, cropped and left out.

    Lengths are megapixels (1e6 pixels) where `in_area`, else pixels of the shorter edge. 0, None: no limit.
    """

    in_area: bool
    resolution: float
    minimum: float = 0.0
    maximum: float | None = None
    downsample: float | None = None
    minimum_aspect: float = 0.0
    maximum_aspect: float = 0.0
    crop: bool = False
    crop_style: CropStyle = CropStyle.RANDOM
    crop_aspect: CropAspect = CropAspect.SQUARE
    choices: tuple[AspectChoice, ...] = ()
    max_upscale: float | None = None
    alignment: int = 64
    rounding: int = 2
    maximum_area: int | None = None
    aspect_map: Mapping[str, Size] = field(default_factory=dict)

    @property
    def aspect(self) -> CropAspect:
        """The shape that is asked for: a picture that isn't cropped keeps its own."""
        return self.crop_aspect if self.crop else CropAspect.PRESERVE
