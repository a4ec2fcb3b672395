"""The bucketing rules that a dataset entry gives for a model's alignment and canvas."""

from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.dataset_config.entry_checks import PIXEL_TYPES, untrainable
from bakehouse.dataset_config.entry_fields import Shape
from bakehouse.dataset_config.kohya_options import kohya_limits
from bakehouse.errors import InvalidInputError
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, KohyaRules, Rules, Size

_MOST_RATIO = 1e6


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
    if entry.resolution_type in PIXEL_TYPES and entry.resolution < step:
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
        choices=tuple(_choice(shape) for shape in entry.crop_aspect_buckets),
        max_upscale=entry.max_upscale_threshold,
        alignment=step,
        rounding=entry.aspect_bucket_rounding,
        maximum_area=maximum_canvas_area,
        aspect_map=_aspect_map(entry, alignment),
        kohya=_kohya(entry, alignment, maximum_canvas_area),
    )


def _kohya(entry: EntrySpec, alignment: int, maximum_canvas_area: int | None) -> KohyaRules | None:
    options = entry.kohya
    if options is None:
        return None
    problem = options.misaligned(alignment)
    if maximum_canvas_area is not None and options.width * options.height > maximum_canvas_area:
        problem = (
            f"resolution: {options.width}x{options.height} px is above the base model's "
            f"{maximum_canvas_area} px; lower it"
        )
    if problem:
        raise InvalidInputError(f"dataset {entry.id}: {problem}", field=problem.partition(":")[0])
    shortest, longest = kohya_limits(
        options.min_bucket_reso, options.max_bucket_reso, options.bucket_reso_steps
    )
    return KohyaRules(
        width=options.width,
        height=options.height,
        minimum=shortest,
        maximum=longest,
        steps=options.bucket_reso_steps,
        no_upscale=options.bucket_no_upscale,
        enable_bucket=options.enable_bucket,
    )


def require_trainable(entry: EntrySpec) -> None:
    """Refuse what SimpleTuner would take and no base model does: buckets of gigapixels.

    Raises:
        InvalidInputError: the resolution is beyond 4096 px, or its area.
    """
    if problems := list(untrainable(entry)):
        text = "; ".join(f"dataset {entry.id}: {problem}" for problem in problems)
        raise InvalidInputError(text, field=problems[0].partition(":")[0])


def _choice(shape: float | Shape) -> AspectChoice:
    if isinstance(shape, Shape):
        return AspectChoice(aspect=shape.aspect, weight=shape.weight)
    return AspectChoice(aspect=shape)


def _squared(pixels: float) -> float:
    """The megapixels of a square with this edge."""
    return pixels * pixels / 1e6


def _aspect_map(entry: EntrySpec, alignment: int) -> dict[float, Size]:
    sizes: dict[float, Size] = {}
    for ratio, (width, height) in entry.aspect_resolution_map.items():
        if width <= 0 or height <= 0 or width % alignment or height % alignment:
            raise InvalidInputError(
                f"dataset {entry.id}: aspect_resolution_map {ratio}: {width}x{height} has an edge that is no "
                f"multiple of {alignment}, which the base model needs",
                field="aspect_resolution_map",
            )
        number = _ratio(entry, ratio)
        if number in sizes:
            raise InvalidInputError(
                f"dataset {entry.id}: aspect_resolution_map {ratio}: it is there twice; keep one",
                field="aspect_resolution_map",
            )
        sizes[number] = Size(width=width, height=height)
    return sizes


def _ratio(entry: EntrySpec, text: str) -> float:
    """The ratio that a size of the entry's map is for: one that a bucket can be called by."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < _MOST_RATIO or round(number, entry.aspect_bucket_rounding) != number:
        raise InvalidInputError(
            f"dataset {entry.id}: aspect_resolution_map {text}: no bucket has this ratio; give width by "
            f"height to {entry.aspect_bucket_rounding} decimals, 1.5 say",
            field="aspect_resolution_map",
        )
    return number
