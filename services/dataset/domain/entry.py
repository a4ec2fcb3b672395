"""A dataset entry as a user writes it, checked. What rules it gives for a model: `entry_rules.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bakehouse.errors import InvalidInputError
from services.dataset.domain.kohya_options import KohyaOptions
from services.dataset.domain.rules import MAX_STRETCH, AspectChoice, Size

PIXEL_TYPES = ("pixel", "pixel_area")
_FEWEST_PIXELS = 16  # below it a number is meant as megapixels
_MOST_MEGAPIXELS = 20  # from it on a number is meant as pixels
_MOST_MINIMUM_MEGAPIXELS = 5
_KOHYA = (
    "enable_bucket",
    "min_bucket_reso",
    "max_bucket_reso",
    "bucket_reso_steps",
    "bucket_no_upscale",
)
# What kohya's bucketing does in its own way or not at all, with the values that ask for nothing.
_SIMPLETUNER = {
    "crop": False,
    "crop_aspect": "square",
    "crop_aspect_buckets": (),
    "maximum_image_size": None,
    "target_downsample_size": None,
    "max_upscale_threshold": None,
    "aspect_bucket_alignment": None,
    "aspect_bucket_rounding": 2,
    "aspect_resolution_map": {},
}
_MOST_EDGE = 4096  # no base model takes more, and a picture of twice that is gigabytes in a VAE


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
    crop_style: Literal["random", "center", "centre", "corner", "face"] = "random"
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
    bucketing: Literal["simpletuner", "kohya"] = "simpletuner"
    enable_bucket: bool | None = None
    min_bucket_reso: int | None = None
    max_bucket_reso: int | None = None
    bucket_reso_steps: int | None = None
    bucket_no_upscale: bool | None = None
    repeats: int = 0
    is_regularisation_data: bool = False

    def __post_init__(self) -> None:
        if problems := [
            *_sizes(self),
            *_crops(self),
            *_bucketing(self),
            *_captions(self),
            *_numbers(self),
        ]:
            raise InvalidInputError("; ".join(problems), field=problems[0].partition(":")[0])

    @property
    def prompts(self) -> tuple[str, ...]:
        """The instance prompt's alternatives, stripped, the empty ones left out."""
        given = (
            (self.instance_prompt,) if isinstance(self.instance_prompt, str) else self.instance_prompt or ()
        )
        return tuple(prompt.strip() for prompt in given if prompt.strip())

    @property
    def choices(self) -> tuple[AspectChoice, ...]:
        """The shapes of `crop_aspect_buckets`.

        Raises:
            InvalidInputError: one is none.
        """
        given = self.crop_aspect_buckets
        return tuple(
            one.choice() if isinstance(one, AspectOption) else AspectChoice(aspect=one) for one in given
        )

    @property
    def kohya(self) -> KohyaOptions | None:
        """The options of kohya's bucketing, where it is asked for."""
        if self.bucketing != "kohya":
            return None
        given = {name: getattr(self, name) for name in _KOHYA}
        return KohyaOptions(
            resolution=self.resolution, **{name: value for name, value in given.items() if value is not None}
        )

    def without_effect(self) -> dict[str, str]:
        """Options that are set and change nothing because of others, with the reason."""
        found = {}
        if self.enable_bucket is False:
            idle = [name for name in _KOHYA[1:] if getattr(self, name) is not None]
            return dict.fromkeys(idle, "no effect without enable_bucket: there is one bucket")
        if not self.crop:
            if self.maximum_image_size is not None:
                found["maximum_image_size"] = found["target_downsample_size"] = "no effect without crop"
            if self.crop_aspect != "square":
                found["crop_aspect"] = "no effect without crop: the picture keeps its shape"
        if self.crop_aspect_buckets and not (self.crop and self.crop_aspect in {"closest", "random"}):
            found["crop_aspect_buckets"] = "no effect but with crop and crop_aspect closest or random"
        return found


def require_trainable(entry: EntrySpec) -> None:
    """Refuse what SimpleTuner would take and no base model does: buckets of gigapixels.

    Raises:
        InvalidInputError: the resolution is beyond 4096 px, or its area.
    """
    most = _MOST_EDGE**2 / 1e6
    sizes = [Size(width=width, height=height) for width, height in entry.aspect_resolution_map.values()]
    if mapped := next((size for size in sizes if size.area > _MOST_EDGE**2), None):
        problem = f"aspect_resolution_map: {mapped.width}x{mapped.height}; give at most {most:.1f} megapixels"
    elif entry.resolution_type in PIXEL_TYPES and entry.resolution > _MOST_EDGE:
        problem = (
            f"resolution: {entry.resolution:g} px; give at most {_MOST_EDGE}, for most models 512 to 1024"
        )
    elif entry.resolution_type == "area" and entry.resolution > most:
        problem = f"resolution: {entry.resolution:g} megapixels; give {most:.1f} at most, or use pixel_area"
    else:
        return
    raise InvalidInputError(f"dataset {entry.id}: {problem}", field=problem.partition(":")[0])


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
        if value and (value > 0 or name != "resolution"):
            yield from _size(name, value, entry.resolution_type)
    yield from _downsample(entry)
    if entry.aspect_resolution_map and entry.resolution_type == "pixel":
        yield "aspect_resolution_map: it needs resolution_type area or pixel_area"


def _size(name: str, value: float, kind: str) -> Iterator[str]:
    if value < 0:
        yield f"{name}: {value:g}; give 0 or more"
    elif kind in PIXEL_TYPES and value != int(value):
        yield f"{name}: {value:g} is no whole number of pixels; for megapixels use resolution_type area"
    elif kind in PIXEL_TYPES and value < _FEWEST_PIXELS:
        yield f"{name}: {value:g} px is less than {_FEWEST_PIXELS}; for megapixels use resolution_type area"
    elif kind == "area" and name != "resolution":
        most = _MOST_MINIMUM_MEGAPIXELS if name == "minimum_image_size" else _MOST_MEGAPIXELS
        if value > most or value == _MOST_MEGAPIXELS:
            yield f"{name}: {value:g} megapixels; give at most {most}; pixels need resolution_type pixel_area"


def _downsample(entry: EntrySpec) -> Iterator[str]:
    maximum, smaller = entry.maximum_image_size, entry.target_downsample_size
    if maximum is not None and smaller is None:
        yield f"maximum_image_size: {maximum:g} goes with target_downsample_size; give both or neither"
    if smaller is None:
        return
    if maximum is None:
        yield f"target_downsample_size: {smaller:g} goes with maximum_image_size; give both or neither"
    most = MAX_STRETCH**2 if entry.resolution_type == "area" else MAX_STRETCH
    if smaller > most * entry.resolution > 0:
        yield (
            f"target_downsample_size: {smaller:g} is more than {most} times resolution {entry.resolution:g}; "
            "lower it"
        )


def _crops(entry: EntrySpec) -> Iterator[str]:
    chooses = entry.crop and entry.crop_aspect in {"closest", "random"}
    if chooses and not entry.crop_aspect_buckets:
        needs = f"crop_aspect {entry.crop_aspect} needs some, [0.75, 1.0, 1.5] say"
        yield f"crop_aspect_buckets: [] has no shape; {needs}"
    if entry.max_upscale_threshold is not None:
        if not chooses:
            yield "max_upscale_threshold: it needs crop_aspect closest or random; use minimum_image_size"
        if entry.max_upscale_threshold < 0:
            yield f"max_upscale_threshold: {entry.max_upscale_threshold:g}; give 0 or more, 0.2 for a fifth"
    try:
        entry.choices  # noqa: B018 - for what it raises
    except InvalidInputError as error:
        yield error.message
    low, high = entry.minimum_aspect_ratio, entry.maximum_aspect_ratio
    if low < 0 or high < 0:
        yield "minimum_aspect_ratio: an aspect ratio is width by height; give 0 or more"
    elif low and high and low > high:
        yield f"minimum_aspect_ratio: {low:g} is above maximum_aspect_ratio {high:g}; swap them"


def _bucketing(entry: EntrySpec) -> Iterator[str]:
    if (kohya := entry.kohya) is None:
        given = {name: getattr(entry, name) for name in _KOHYA}
        for name, value in given.items():
            if value is not None:
                yield f"{name}: {value} goes with bucketing kohya; add that, or leave it out"
        return
    for name, nothing in _SIMPLETUNER.items():
        if (value := getattr(entry, name)) != nothing:
            yield f"{name}: {value} goes with bucketing simpletuner; leave it out with kohya"
    if entry.resolution_type not in PIXEL_TYPES:
        yield f"resolution_type: {entry.resolution_type}; with bucketing kohya use pixel_area"
    yield from kohya.problems()


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
