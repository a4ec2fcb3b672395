"""A dataset entry as a user writes it, checked, and the rules that it gives for a model's alignment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bakehouse.errors import InvalidInputError
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, Rules, Size

_PIXEL_TYPES = ("pixel", "pixel_area")
_FEWEST_PIXELS = 16  # below it a number is meant as megapixels
_MOST_MEGAPIXELS = 20  # from it on a number is meant as pixels
_MOST_MINIMUM_MEGAPIXELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectOption:
    """A shape in a table of its own; SimpleTuner's code and documents spell the name in three ways."""

    aspect: float | None = None
    aspect_ratio: float | None = None
    aspect_bucket: float | None = None
    weight: float = 1.0

    def choice(self) -> AspectChoice:
        """The one shape that was given."""
        given = [a for a in (self.aspect, self.aspect_ratio, self.aspect_bucket) if a is not None]
        if len(given) != 1:
            raise InvalidInputError(
                "crop_aspect_buckets: give each table one aspect", field="crop_aspect_buckets"
            )
        return AspectChoice(aspect=given[0], weight=self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySpec:
    """One entry. What each option does: `services/dataset/domain/options.py`."""

    id: str
    listing: str
    type: Literal["local"] = "local"
    dataset_type: Literal["image"] = "image"
    disabled: bool = False
    caption_strategy: Literal["filename", "textfile", "instanceprompt"] = "filename"
    instance_prompt: str | tuple[str, ...] | None = None
    prepend_instance_prompt: bool = False
    only_instance_prompt: bool = False
    disable_multiline_split: bool = False
    resolution: float = 1024
    resolution_type: Literal["pixel", "area", "pixel_area"] = "pixel_area"
    crop: bool = False
    crop_style: Literal["random", "center", "centre", "corner"] = "random"
    crop_aspect: Literal["square", "preserve", "closest", "random"] = "square"
    crop_aspect_buckets: tuple[float | AspectOption, ...] = ()
    minimum_image_size: float = 0
    maximum_image_size: float | None = None
    target_downsample_size: float | None = None
    minimum_aspect_ratio: float = 0
    maximum_aspect_ratio: float = 0
    max_upscale_threshold: float | None = None
    aspect_bucket_alignment: int | None = None
    aspect_bucket_rounding: int = 2
    aspect_resolution_map: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    repeats: int = 0
    is_regularisation_data: bool = False

    def __post_init__(self) -> None:
        if problems := [*_sizes(self), *_crops(self), *_captions(self), *_numbers(self)]:
            raise InvalidInputError("; ".join(problems), field=problems[0].partition(":")[0])

    @property
    def prompts(self) -> tuple[str, ...]:
        """The instance prompt's alternatives, stripped, the empty ones left out."""
        given = (
            (self.instance_prompt,) if isinstance(self.instance_prompt, str) else self.instance_prompt or ()
        )
        return tuple(prompt.strip() for prompt in given if prompt.strip())

    def without_effect(self) -> dict[str, str]:
        """Options that are set and change nothing because of others, with the reason."""
        found = {}
        if not self.crop:
            if self.maximum_image_size is not None:
                found["maximum_image_size"] = found["target_downsample_size"] = "no effect without crop"
            if self.crop_aspect != "square":
                found["crop_aspect"] = "no effect without crop: the picture keeps its shape"
        if self.crop_aspect_buckets and not (self.crop and self.crop_aspect in {"closest", "random"}):
            found["crop_aspect_buckets"] = "no effect but with crop and crop_aspect closest or random"
        return found


def rules_of(entry: EntrySpec, *, alignment: int, maximum_canvas_area: int | None = None) -> Rules:
    """The bucketing rules of an entry, for a model whose buckets are multiples of `alignment`.

    Raises:
        InvalidInputError: the entry asks for edges or a resolution that the model can't take.
    """
    step = entry.aspect_bucket_alignment or alignment
    if step % alignment:
        raise InvalidInputError(
            f"dataset {entry.id}: aspect_bucket_alignment {step} is no multiple of the base "
            f"model's {alignment}; leave it out",
            field="aspect_bucket_alignment",
        )
    unit = _squared if entry.resolution_type == "pixel_area" else float
    if entry.resolution_type in _PIXEL_TYPES and entry.resolution < step:
        raise InvalidInputError(
            f"dataset {entry.id}: resolution {entry.resolution:g} is less than {step} px, the smallest edge "
            "that the base model takes; raise it",
            field="resolution",
        )
    return Rules(
        in_area=entry.resolution_type != "pixel",
        resolution=unit(entry.resolution),
        minimum=unit(entry.minimum_image_size),
        maximum=unit(entry.maximum_image_size) if entry.maximum_image_size else None,
        downsample=unit(entry.target_downsample_size) if entry.target_downsample_size else None,
        minimum_aspect=entry.minimum_aspect_ratio,
        maximum_aspect=entry.maximum_aspect_ratio,
        crop=entry.crop,
        crop_style=CropStyle.CENTER if entry.crop_style == "centre" else CropStyle(entry.crop_style),
        crop_aspect=CropAspect(entry.crop_aspect),
        choices=_choices(entry),
        max_upscale=entry.max_upscale_threshold,
        alignment=step,
        rounding=entry.aspect_bucket_rounding,
        maximum_area=maximum_canvas_area,
        aspect_map=_aspect_map(entry, alignment),
    )


def _squared(pixels: float) -> float:
    """The megapixels of a square with this edge."""
    return pixels * pixels / 1e6


def _choices(entry: EntrySpec) -> tuple[AspectChoice, ...]:
    given = entry.crop_aspect_buckets
    return tuple(one.choice() if isinstance(one, AspectOption) else AspectChoice(aspect=one) for one in given)


def _aspect_map(entry: EntrySpec, alignment: int) -> dict[str, Size]:
    sizes = {}
    for ratio, (width, height) in entry.aspect_resolution_map.items():
        if width <= 0 or height <= 0 or width % alignment or height % alignment:
            raise InvalidInputError(
                f"dataset {entry.id}: aspect_resolution_map {ratio}: {width}x{height} has an edge that is no "
                f"multiple of {alignment}, which the base model needs",
                field="aspect_resolution_map",
            )
        sizes[ratio] = Size(width=width, height=height)
    return sizes


def _sizes(entry: EntrySpec) -> Iterator[str]:
    given = {
        "resolution": entry.resolution,
        "minimum_image_size": entry.minimum_image_size,
        "maximum_image_size": entry.maximum_image_size,
        "target_downsample_size": entry.target_downsample_size,
    }
    if entry.resolution <= 0:
        yield f"resolution: {entry.resolution:g}; give more than 0"
    for name, value in given.items():
        if value:
            yield from _size(name, value, entry.resolution_type)
    if (entry.maximum_image_size is None) != (entry.target_downsample_size is None):
        yield "maximum_image_size: it goes with target_downsample_size; give both or neither"
    if entry.aspect_resolution_map and entry.resolution_type == "pixel":
        yield "aspect_resolution_map: it needs resolution_type area or pixel_area"


def _size(name: str, value: float, kind: str) -> Iterator[str]:
    if value < 0:
        yield f"{name}: {value:g}; give 0 or more"
    elif kind in _PIXEL_TYPES and value != int(value):
        yield f"{name}: {value:g} is no whole number of pixels; for megapixels use resolution_type area"
    elif kind in _PIXEL_TYPES and value < _FEWEST_PIXELS:
        yield f"{name}: {value:g} px is less than {_FEWEST_PIXELS}; for megapixels use resolution_type area"
    elif kind == "area" and name != "resolution":
        most = _MOST_MINIMUM_MEGAPIXELS if name == "minimum_image_size" else _MOST_MEGAPIXELS
        if value > most or value == _MOST_MEGAPIXELS:
            yield f"{name}: {value:g} megapixels; give at most {most}; pixels need resolution_type pixel_area"


def _crops(entry: EntrySpec) -> Iterator[str]:
    chooses = entry.crop and entry.crop_aspect in {"closest", "random"}
    if chooses and not entry.crop_aspect_buckets:
        yield f"crop_aspect_buckets: crop_aspect {entry.crop_aspect} needs a list, [0.75, 1.0, 1.5] say"
    if entry.max_upscale_threshold is not None:
        if not chooses:
            yield "max_upscale_threshold: it needs crop_aspect closest or random; use minimum_image_size"
        if entry.max_upscale_threshold < 0:
            yield f"max_upscale_threshold: {entry.max_upscale_threshold:g}; give 0 or more, 0.2 for a fifth"
    try:
        _choices(entry)
    except InvalidInputError as error:
        yield error.message
    low, high = entry.minimum_aspect_ratio, entry.maximum_aspect_ratio
    if low < 0 or high < 0:
        yield "minimum_aspect_ratio: an aspect ratio is width by height; give 0 or more"
    elif low and high and low > high:
        yield f"minimum_aspect_ratio: {low:g} is above maximum_aspect_ratio {high:g}; swap them"


def _captions(entry: EntrySpec) -> Iterator[str]:
    if (entry.caption_strategy == "instanceprompt" or entry.only_instance_prompt) and not entry.prompts:
        yield "instance_prompt: missing; caption_strategy instanceprompt and only_instance_prompt need one"
    elif entry.prepend_instance_prompt and not isinstance(entry.instance_prompt, str):
        yield "instance_prompt: prepend_instance_prompt needs one, as a single text"
    if entry.disable_multiline_split and entry.caption_strategy != "textfile":
        yield "disable_multiline_split: it needs caption_strategy textfile"


def _numbers(entry: EntrySpec) -> Iterator[str]:
    if not entry.id.strip():
        yield "id: empty; name the entry"
    if entry.repeats < 0:
        yield f"repeats: {entry.repeats}; give 0 or more, 0 shows each picture once an epoch"
    if not 1 <= entry.aspect_bucket_rounding <= 9:
        yield f"aspect_bucket_rounding: {entry.aspect_bucket_rounding}; give 1 to 9"
    if entry.aspect_bucket_alignment is not None and entry.aspect_bucket_alignment < 1:
        yield f"aspect_bucket_alignment: {entry.aspect_bucket_alignment}; give a multiple of the base model's"
