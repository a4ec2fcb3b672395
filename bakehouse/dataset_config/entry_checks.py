"""What can't be in a dataset of images, or makes no sense beside its other options: `key: value; remedy`."""

import re
from collections.abc import Iterator

from bakehouse.dataset_config.entry_fields import EntryFields
from bakehouse.dataset_config.kohya_options import KohyaOptions
from bakehouse.dataset_config.option import out_of_range
from bakehouse.dataset_config.options import OPTIONS
from bakehouse.dataset_config.picture_options import picture_problems
from bakehouse.manifest.file_names import IMAGE_SUFFIXES
from bakehouse.schedule.terms import MOST_DECIMALS

PIXEL_TYPES = ("pixel", "pixel_area")
MOST_STRETCH = 4
"""`target_downsample_size` is at most so many times `resolution`."""

_EXTENSION = re.compile(r"\.[A-Za-z0-9._-]{1,15}")
_FEWEST_PIXELS = 16  # below it a number is meant as megapixels
_MOST_MEGAPIXELS = 20  # from it on a number is meant as pixels
_MOST_MINIMUM_MEGAPIXELS = 5
_MOST_EDGE = 4096  # no base model takes more, and a picture of twice that is gigabytes in a VAE
KOHYA_KEYS = (
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


def problems_of(entry: EntryFields) -> Iterator[str]:
    """All that is wrong with an entry whose values are each of its kind."""
    yield from _ranges(entry)
    yield from _sizes(entry)
    yield from _crops(entry)
    yield from _bucketing(entry)
    yield from picture_problems(entry)
    yield from _captions(entry)
    yield from _schedule(entry)
    if not entry.id.strip():
        yield "id: empty; name the entry"


def untrainable(entry: EntryFields) -> Iterator[str]:
    """What SimpleTuner would take and no base model does: buckets of gigapixels."""
    most = _MOST_EDGE**2 / 1e6
    for width, height in entry.aspect_resolution_map.values():
        if width * height > _MOST_EDGE**2:
            yield f"aspect_resolution_map: {width}x{height}; give at most {most:.1f} megapixels"
    if entry.resolution_type in PIXEL_TYPES and entry.resolution > _MOST_EDGE:
        yield f"resolution: {entry.resolution:g} px; give at most {_MOST_EDGE}, for most models 512 to 1024"
    elif entry.resolution_type == "area" and entry.resolution > most:
        yield f"resolution: {entry.resolution:g} megapixels; give {most:.1f} at most, or use pixel_area"


def kohya_of(entry: EntryFields) -> KohyaOptions | None:
    """The options of kohya's bucketing, where it is asked for."""
    if entry.bucketing != "kohya":
        return None
    width, height = entry.resolution_size or (int(entry.resolution), int(entry.resolution))
    given = {name: getattr(entry, name) for name in KOHYA_KEYS}
    return KohyaOptions(
        width=width, height=height, **{name: value for name, value in given.items() if value is not None}
    )


def prompts_of(entry: EntryFields) -> tuple[str, ...]:
    """The instance prompt's alternatives, stripped, the empty ones left out."""
    given = (
        (entry.instance_prompt,) if isinstance(entry.instance_prompt, str) else entry.instance_prompt or ()
    )
    return tuple(prompt.strip() for prompt in given if prompt.strip())


def _ranges(entry: EntryFields) -> Iterator[str]:
    for name, option in OPTIONS.items():
        value = getattr(entry, name, None)
        if isinstance(value, int | float) and (problem := out_of_range(option, value)):
            yield f"{name}: {value:g}; {problem}"


def _sizes(entry: EntryFields) -> Iterator[str]:
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
        yield "aspect_resolution_map: it needs resolution_type area or pixel_area; use one, or leave it out"


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


def _downsample(entry: EntryFields) -> Iterator[str]:
    maximum, smaller = entry.maximum_image_size, entry.target_downsample_size
    if maximum is not None and smaller is None:
        yield f"maximum_image_size: {maximum:g} goes with target_downsample_size; give both or neither"
    if smaller is None:
        return
    if maximum is None:
        yield f"target_downsample_size: {smaller:g} goes with maximum_image_size; give both or neither"
    most = MOST_STRETCH**2 if entry.resolution_type == "area" else MOST_STRETCH
    if smaller > most * entry.resolution > 0:
        yield (
            f"target_downsample_size: {smaller:g} is more than {most} times resolution {entry.resolution:g}; "
            "lower it"
        )


def _crops(entry: EntryFields) -> Iterator[str]:
    chooses = entry.crop and entry.crop_aspect in {"closest", "random"}
    if chooses and not entry.crop_aspect_buckets:
        needs = f"crop_aspect {entry.crop_aspect} needs some, [0.75, 1.0, 1.5] say"
        yield f"crop_aspect_buckets: [] has no shape; {needs}"
    if entry.max_upscale_threshold is not None and not chooses:
        yield (
            f"max_upscale_threshold: {entry.max_upscale_threshold:g}: it needs crop_aspect closest or "
            "random; use minimum_image_size"
        )
    low, high = entry.minimum_aspect_ratio, entry.maximum_aspect_ratio
    if low > 0 and high > 0 and low > high:
        yield f"minimum_aspect_ratio: {low:g} is above maximum_aspect_ratio {high:g}; swap them"


def _bucketing(entry: EntryFields) -> Iterator[str]:
    if (kohya := kohya_of(entry)) is None:
        for name in KOHYA_KEYS:
            if (value := getattr(entry, name)) is not None:
                yield f"{name}: {value} goes with bucketing kohya; add that, or leave it out"
        if entry.resolution_size:
            width, height = entry.resolution_size
            yield f"resolution: {width},{height} goes with bucketing kohya; add that, or give one number"
        return
    for name, nothing in _SIMPLETUNER.items():
        if (value := getattr(entry, name)) != nothing:
            yield f"{name}: {value} goes with bucketing simpletuner; leave it out with kohya"
    if entry.resolution_type not in PIXEL_TYPES:
        yield f"resolution_type: {entry.resolution_type}; with bucketing kohya use pixel_area"
    yield from kohya.problems()


def _caption_files(entry: EntryFields) -> Iterator[str]:
    if entry.caption_format != "text" and entry.caption_strategy in {"filename", "instanceprompt"}:
        yield f"caption_format: {entry.caption_format}: it goes with written captions, textfile say"
    extension = entry.caption_extension
    if not _EXTENSION.fullmatch(extension) or extension.lower() in IMAGE_SUFFIXES:
        yield f"caption_extension: {extension}: no text's; give that of the text files, .txt or .caption say"
    if entry.caption_strategy == "textfile":
        return
    for name, nothing in (
        ("disable_multiline_split", False),
        ("class_tokens", None),
        ("caption_extension", ".txt"),
    ):
        if (value := getattr(entry, name)) != nothing:
            yield f"{name}: {value}: it needs caption_strategy textfile; add that, or leave it out"


def _captions(entry: EntryFields) -> Iterator[str]:
    if (entry.caption_strategy == "instanceprompt" or entry.only_instance_prompt) and not prompts_of(entry):
        yield "instance_prompt: missing; caption_strategy instanceprompt and only_instance_prompt need one"
    elif entry.prepend_instance_prompt and not isinstance(entry.instance_prompt, str):
        yield "instance_prompt: prepend_instance_prompt needs one, as a single text"
    yield from _caption_files(entry)
    if entry.parquet is None and "parquet" in {entry.caption_strategy, entry.metadata_backend}:
        yield "parquet: missing; caption_strategy and metadata_backend parquet need its path and columns"


def _schedule(entry: EntryFields) -> Iterator[str]:
    if round(entry.repeats, MOST_DECIMALS) != entry.repeats:
        yield f"repeats: {entry.repeats}; give it {MOST_DECIMALS} decimals at most"
    for what in ("epoch", "step"):
        start, end = getattr(entry, f"start_{what}"), getattr(entry, f"end_{what}")
        if end and end < start:
            yield f"end_{what}: {end} is before start_{what} {start}; raise it"
