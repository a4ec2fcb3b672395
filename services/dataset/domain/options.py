"""The one table of a dataset entry's options, SimpleTuner's names, for code and README alike.

Honoured ones are the fields of `EntrySpec`. Replaced ones are accepted and have no work here. Those that are
not yet built are refused, save with the value that asks for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bakehouse.canonical_json import Json


class Standing(StrEnum):
    """What becomes of an option."""

    HONOURED = "honoured"
    REPLACED = "replaced"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option's standing, what it means or why it isn't needed, and the values that ask for nothing."""

    standing: Standing
    says: str
    neutral: tuple[Json, ...] = ()


def _all(standing: Standing, says: Mapping[str, str], *, neutral: tuple[Json, ...] = ()) -> dict[str, Option]:
    return {name: Option(standing=standing, says=text, neutral=neutral) for name, text in says.items()}


_BY_CONTENT = "results are filed by content, so there is no cache to place or to clear"
_NOTHING_SCANNED = "a listing is read once and probed files are remembered by content"

OPTIONS: Mapping[str, Option] = {
    **_all(
        Standing.HONOURED,
        {
            "id": "the entry's name; it is part of every sample's id",
            "listing": "digest of the folder's listing, in place of `instance_data_dir`",
            "type": "`local`",
            "dataset_type": "`image`; `text_embeds` and `image_embeds` entries are replaced as a whole",
            "disabled": "leave the entry out; also `disable`",
            "caption_strategy": "`filename` (default), `textfile`, `instanceprompt`",
            "instance_prompt": "a caption, or a list of alternatives",
            "prepend_instance_prompt": "put the instance prompt and a space before every caption",
            "only_instance_prompt": "the instance prompt in place of every caption",
            "disable_multiline_split": "a text file is one caption, not one a line",
            "resolution": "in the unit of `resolution_type`; 1024 by default",
            "resolution_type": "`pixel_area` (default; edge of a square in pixels), `area` (megapixels), "
            "`pixel` (shorter edge)",
            "crop": "cut pictures to the shape of `crop_aspect`; off by default",
            "crop_style": "`random` (default), `center`, `corner`, `face` (the largest frontal face in the "
            "middle; by chance where there is none): where the bucket is cut out, crop or not",
            "crop_aspect": "`square` (default), `preserve`, `closest`, `random`; with `crop`",
            "crop_aspect_buckets": "shapes for `closest` and `random`: numbers, or `{aspect, weight}`",
            "minimum_image_size": "leave smaller pictures out, by the size of the file's picture",
            "maximum_image_size": "with `crop`: larger pictures are first made `target_downsample_size`",
            "target_downsample_size": "see `maximum_image_size`; at most 4 times `resolution`",
            "minimum_aspect_ratio": "leave narrower pictures out, by the picture's own ratio",
            "maximum_aspect_ratio": "leave wider pictures out, by the picture's own ratio",
            "max_upscale_threshold": "`closest` and `random` take only shapes that need no more growth",
            "aspect_bucket_alignment": "what bucket edges are multiples of; the base model's by default",
            "aspect_bucket_rounding": "decimals of a ratio, 1 to 9; 2 by default",
            "aspect_resolution_map": "sizes by the ratio of the bucket they take the place of, 1.0 too: "
            '`{"1.5": [1216, 832]}`, in place of such a file',
            "bucketing": "`simpletuner` (default), or `kohya`: a list of buckets of at most `resolution` "
            "squared pixels, and the one of the nearest ratio",
            "enable_bucket": "with `bucketing: kohya`: false cuts everything to a square of `resolution`",
            "min_bucket_reso": "with `bucketing: kohya`: the shortest edge of a bucket, 256 by default",
            "max_bucket_reso": "with `bucketing: kohya`: the longest edge of a bucket, 1024 by default",
            "bucket_reso_steps": "with `bucketing: kohya`: what its edges are multiples of, 64 by default",
            "bucket_no_upscale": "with `bucketing: kohya`: no picture is made larger; a bucket is all of it "
            "that is whole steps, and the shortest and the longest edge don't count",
            "repeats": "how often an epoch shows the entry again; 0 is once",
            "is_regularisation_data": "prior pictures; also `is_regularization_data`",
        },
    ),
    **_all(
        Standing.REPLACED,
        {
            "cache_dir": _BY_CONTENT,
            "cache_dir_vae": _BY_CONTENT,
            "cache_dir_conditioning_image_embeds": _BY_CONTENT,
            "text_embeds": _BY_CONTENT,
            "image_embeds": _BY_CONTENT,
            "conditioning_image_embeds": _BY_CONTENT,
            "default": _BY_CONTENT,
            "hash_filenames": _BY_CONTENT,
            "cache_file_suffix": _BY_CONTENT,
            "vae_cache_ondemand": "what is missing is computed before training, what is there is not",
            "write_batch_size": "units of work are sized by measured speed",
            "conditioning_image_embed_batch_size": "units of work are sized by measured speed",
            "metadata_update_interval": "a snapshot does not change while it trains",
            "metadata_backend": "sizes come from probing, once for each file's content",
            "skip_file_discovery": _NOTHING_SCANNED,
            "preserve_data_backend_cache": _NOTHING_SCANNED,
        },
    ),
    **_all(
        Standing.NOT_YET,
        {
            "probability": "weighing entries against each other is not built; use repeats",
            "start_epoch": "scheduling entries is not built",
        },
        neutral=(1, "1"),
    ),
    **_all(Standing.NOT_YET, {"start_step": "scheduling entries is not built"}, neutral=(0, "0")),
    **_all(
        Standing.NOT_YET,
        {
            "end_epoch": "scheduling entries is not built",
            "end_step": "scheduling entries is not built",
            "slider_strength": "slider training is not built",
            "caption_filter_list": "caption filters are not built; mend the captions",
            "caption_shuffle": "shuffled captions are not built",
            "conditioning": "conditioning pictures are not built",
            "conditioning_type": "conditioning pictures are not built",
            "conditioning_data": "conditioning pictures are not built",
            "source_dataset_id": "conditioning pictures are not built",
            "parquet": "captions from tables are not built; write text files",
            "video": "videos are not built",
            "audio": "audio is not built",
            "config": "Hugging Face datasets are not built; download the pictures",
            "dataset_name": "Hugging Face datasets are not built; download the pictures",
            "caption_column": "captions from tables are not built; write text files",
            "image_column": "Hugging Face datasets are not built; download the pictures",
            "csv_file": "lists of URLs are not built; download the pictures",
            "csv_caption_column": "lists of URLs are not built; download the pictures",
            "csv_cache_dir": "lists of URLs are not built; download the pictures",
            "aws_bucket_name": "reading a bucket is not built; download the pictures",
            "aws_region_name": "reading a bucket is not built; download the pictures",
            "aws_endpoint_url": "reading a bucket is not built; download the pictures",
            "aws_access_key_id": "reading a bucket is not built; download the pictures",
            "aws_secret_access_key": "reading a bucket is not built; download the pictures",
            "aws_data_prefix": "reading a bucket is not built; download the pictures",
            "train_batch_size": "one batch size serves all entries; set it in the training options",
            "max_num_samples": "taking a part of an entry is not built; list fewer files",
        },
    ),
    **_all(
        Standing.NOT_YET,
        {
            "vae_cache_clear_each_epoch": "new random crops each epoch are not built; a picture has one",
            "vae_cache_disable": "training without cached latents is not chosen by an entry",
            "delete_unwanted_images": "source files are never deleted; the snapshot says what it left out",
            "delete_problematic_images": "source files are never deleted; the snapshot says what failed",
        },
        neutral=(False, "false"),
    ),
}

ALIASES: Mapping[str, str] = {
    "disable": "disabled",
    "is_regularization_data": "is_regularisation_data",
}

REPLACED_ENTRIES = ("text_embeds", "image_embeds", "conditioning_image_embeds")

VALUES_NOT_YET: Mapping[str, Mapping[str, str]] = {
    "type": dict.fromkeys(
        ("aws", "csv", "huggingface", "webshart"), "not built; download the pictures, then use local"
    ),
    "dataset_type": dict.fromkeys(
        ("video", "audio", "conditioning", "eval", "caption"), "not built; use image"
    ),
    "caption_strategy": dict.fromkeys(
        ("parquet", "csv", "huggingface", "webshart"), "not built; use textfile, filename or instanceprompt"
    ),
}


def options_table() -> Sequence[str]:
    """The table as lines of Markdown, as the README has it."""
    lines = ["| option | | what it does, or why not |", "|---|---|---|"]
    return [
        *lines,
        *(f"| `{name}` | {option.standing} | {option.says} |" for name, option in OPTIONS.items()),
    ]
