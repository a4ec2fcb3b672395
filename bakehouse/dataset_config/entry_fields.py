"""A dataset of images as the studio takes it, typed and not yet checked: `entry.py` has what is.

What each field means is said in the tables of keys (`options.py`), which tests hold to these fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

CaptionStrategy = Literal["filename", "textfile", "instanceprompt", "parquet", "csv", "huggingface"]
ResolutionType = Literal["pixel", "area", "pixel_area"]
CropStyle = Literal["random", "center", "centre", "corner", "face"]
CropAspect = Literal["square", "preserve", "closest", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A shape that pictures may be cropped to: width by height, and how often `random` draws it."""

    aspect: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetBlock:
    """Which columns of an entry's table say what; a picture is found in it by `filename_column`."""

    filename_column: str = "id"
    caption_column: tuple[str, ...] = ("caption",)
    fallback_caption_column: str | None = None
    width_column: str = "width"
    height_column: str = "height"
    identifier_includes_extension: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesBlock:
    """What becomes of pictures that are there twice; how many of 64 bits may differ in near ones."""

    exact: Literal["set_aside", "report", "keep_all"] = "set_aside"
    near: Literal["report", "keep_best", "off"] = "report"
    distance: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ShuffleBlock:
    """How many other orders of a caption's parts there are, and which parts stay where they are."""

    enable: bool = False
    count: int = 1
    seed: int = 0
    split_on: Literal["comma", "space", "period"] = "comma"
    position_start: int = 0
    include_original: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFields:
    """One dataset. `listing` is the digest of its pictures' listing, `table` that of its table of captions.

    `resolution_size` is kohya's W,H where they differ; `resolution` is then the longer.
    """

    id: str
    listing: str = ""
    table: str = ""
    metadata_backend: Literal["discovery", "parquet", "huggingface"] = "discovery"
    parquet: ParquetBlock | None = None

    caption_strategy: CaptionStrategy = "filename"
    instance_prompt: str | tuple[str, ...] | None = None
    prepend_instance_prompt: bool = False
    only_instance_prompt: bool = False
    disable_multiline_split: bool = False
    caption_filter_list: tuple[str, ...] = ()
    caption_shuffle: ShuffleBlock = field(default_factory=ShuffleBlock)
    caption_extension: str = ".txt"
    caption_format: Literal["text", "booru"] = "text"
    class_tokens: str | None = None
    caption_prefix: str | None = None
    caption_suffix: str | None = None
    duplicates: DuplicatesBlock = field(default_factory=DuplicatesBlock)
    delete_unwanted_images: bool = False
    delete_problematic_images: bool = False

    resolution: float = 1024
    resolution_size: tuple[int, int] | None = None
    resolution_type: ResolutionType = "pixel_area"
    crop: bool = False
    crop_style: CropStyle = "random"
    crop_aspect: CropAspect = "square"
    crop_aspect_buckets: tuple[float | Shape, ...] = ()
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

    alpha: str = "white"
    frames: str = "first"
    trim: float = 0

    repeats: Decimal = Decimal(0)
    probability: float = 1
    start_epoch: int = 1
    start_step: int = 0
    end_epoch: int | None = None
    end_step: int | None = None
    slider_strength: float | None = None
    train_batch_size: int | None = None
    disable_after_epoch_step: int | None = None
    is_regularisation_data: bool = False
