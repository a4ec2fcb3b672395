"""The table of keys: what code types, what the document has, and what the table says are the same."""

from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from bakehouse.dataset_config.entry_fields import EntryFields
from bakehouse.dataset_config.option import Holder, Option, Standing
from bakehouse.dataset_config.options import ALIASES, ELSEWHERE, EMBEDS, FILLED_IN, GROUPS, OPTIONS
from bakehouse.kinds import Kind

# Of the fields, those that no user writes: digests, and what `resolution` is taken apart into.
MADE = {"listing", "table", "resolution_size"}
TYPES = get_type_hints(EntryFields)
ENTRY = {name for name, option in OPTIONS.items() if option.is_honoured and option.holder is Holder.ENTRY}

# Every key that SimpleTuner's document has, by its heading or in its text.
_DOCUMENTED = """
id disabled disable dataset_type default cache_dir write_batch_size text_embeds image_embeds
conditioning_image_embeds cache_dir_conditioning_image_embeds conditioning_image_embed_batch_size audio
config type conditioning_type source_dataset_id conditioning_data instance_data_dir aws_data_prefix
caption_strategy metadata_backend metadata_update_interval crop crop_style crop_aspect
crop_aspect_buckets resolution resolution_type minimum_image_size minimum_aspect_ratio
maximum_aspect_ratio conditioning video maximum_image_size target_downsample_size max_upscale_threshold
prepend_instance_prompt instance_prompt only_instance_prompt repeats start_epoch start_step
is_regularisation_data is_regularization_data delete_unwanted_images delete_problematic_images
slider_strength vae_cache_clear_each_epoch vae_cache_disable skip_file_discovery
preserve_data_backend_cache hash_filenames caption_filter_list probability cache_dir_vae aws_bucket_name
aws_region_name aws_endpoint_url aws_access_key_id aws_secret_access_key csv_caption_column csv_file
csv_cache_dir parquet dataset_name caption_column image_column
"""
DOCUMENTED = _DOCUMENTED.split()
BLOCKS = {
    "parquet": "path filename_column caption_column fallback_caption_column width_column height_column "
    "identifier_includes_extension",
    "video": "num_frames min_frames max_frames is_i2v bucket_strategy frame_interval",
    "audio": "max_duration_seconds channels bucket_strategy duration_interval truncation_mode",
    "config": "audio_caption_fields lyrics_column",
    "conditioning": "type params captions blur_radius blur_type add_noise noise_level jpeg_quality "
    "downscale_factor quality_mode quality_range compression_rounds enhance_blocks model_type mask_types "
    "min_coverage max_coverage output_mode low_threshold high_threshold",
}


def test_fields_are_the_honoured_keys() -> None:
    assert {field.name for field in fields(EntryFields)} - MADE == ENTRY


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_key_of_the_document_has_a_row(name: str) -> None:
    assert ALIASES.get(name, name) in OPTIONS


@pytest.mark.parametrize("name", BLOCKS)
def test_every_key_of_a_block_has_a_row(name: str) -> None:
    assert set(BLOCKS[name].split()) <= OPTIONS[name].block.keys()


def test_only_videos_audio_and_conditioning_are_not_there_yet() -> None:
    not_yet = {name for name, option in OPTIONS.items() if option.standing is Standing.NOT_YET}
    conditioning = {"conditioning", "conditioning_type", "conditioning_data", "source_dataset_id"}
    assert not_yet & {*DOCUMENTED} == {"video", "audio", "config", *conditioning}


@pytest.mark.parametrize("name", sorted(ENTRY))
def test_a_field_has_the_type_of_its_kind(name: str) -> None:
    kinds: dict[Any, set[Kind]] = {
        bool: {Kind.FLAG},
        int: {Kind.INTEGER},
        float: {Kind.DECIMAL, Kind.RESOLUTION, Kind.PERCENT},
        str: {Kind.TEXT},
    }
    hint = without_none(TYPES[name])
    if get_origin(hint) is Literal:
        assert (OPTIONS[name].kind, {*OPTIONS[name].choices}) == (Kind.TEXT, {*get_args(hint)})
    elif hint in kinds:
        assert OPTIONS[name].kind in kinds[hint]
    else:
        assert OPTIONS[name].kind not in {kind for found in kinds.values() for kind in found}


def without_none(hint: Any) -> Any:
    given = [each for each in get_args(hint) if each is not type(None)]
    is_optional = len(given) == 1 and get_origin(hint) is not Literal
    return given[0] if is_optional and type(None) in get_args(hint) else hint


@pytest.mark.parametrize("name", sorted(ENTRY))
def test_the_default_is_said(name: str) -> None:
    (default,) = [field.default for field in fields(EntryFields) if field.name == name]
    if isinstance(default, bool):
        assert OPTIONS[name].default == str(default).lower()
    elif isinstance(default, int | float) and OPTIONS[name].kind is not Kind.PERCENT:
        assert float(OPTIONS[name].default) == default
    elif isinstance(default, str):
        assert OPTIONS[name].default == default
    else:
        assert bool(OPTIONS[name].default) or default is MISSING


def test_a_key_stands_in_one_group_and_other_names_are_none_of_them() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert len(names) == len({*names})
    assert not {*ALIASES, *ELSEWHERE, *FILLED_IN} & {*names}
    assert {*ALIASES.values(), *EMBEDS} <= {*names}
    assert all(text.partition(",")[0].partition(" ")[0] in names for text in ELSEWHERE.values())


def test_what_is_not_honoured_says_what_instead() -> None:
    def rows(option: Option) -> list[Option]:
        return [option, *(inner for each in option.block.values() for inner in rows(each))]

    for option in OPTIONS.values():
        assert option.is_honoured == (not option.instead)
        assert all(row.says.strip()[-1] in ".%" for row in rows(option))
