"""The configuration files of an export: with them it is read back by the same rules. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.client.export.places import Layout
from bakehouse.dataset_config.image_options import SIZE_OPTIONS
from bakehouse.dataset_config.picture_options import PICTURE_OPTIONS
from bakehouse.dataset_config.schedule_options import SCHEDULE_OPTIONS
from bakehouse.schedule.options import passes_of

DATALOADER = "dataloader.json"
KOHYA_CONFIG = "dataset_config.toml"
METADATA_LINES = "metadata.jsonl"
METADATA_TABLE = "metadata.parquet"

# What decides what becomes of a picture, and how often it is seen.
_KEPT = frozenset((*SIZE_OPTIONS, *PICTURE_OPTIONS, *SCHEDULE_OPTIONS, "duplicates"))
_KOHYA_KEYS = ("min_bucket_reso", "max_bucket_reso", "bucket_reso_steps", "bucket_no_upscale")
_PIXELS = 1e6
_COLUMNS: Mapping[str, Any] = {
    "filename_column": "file_name",
    "caption_column": "captions",
    "width_column": "width",
    "height_column": "height",
    "identifier_includes_extension": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEntry:
    """A dataset of an export: its folder, its options, whether a caption of it has several lines."""

    id: str
    folder: str
    options: Mapping[str, Any]
    has_lines: bool = False

    @property
    def repeats(self) -> int:
        """Passes beside the first: whole ones, as kohya's scripts take them."""
        return _repeats(self.options)

    @property
    def is_rounded(self) -> bool:
        """Whether a fraction of the repeats is lost there."""
        return passes_of(self.options).denominator > 1

    @property
    def is_prior(self) -> bool:
        """Whether it is for regularisation."""
        return self.options.get("is_regularisation_data") is True


def folder_of(layout: Layout, entry: str, options: Mapping[str, Any]) -> str:
    """The folder of a dataset: its id, or kohya's `N_id`."""
    if layout is not Layout.KOHYA:
        return entry
    return f"{_repeats(options) + 1}_{entry}"


def dataloader(layout: Layout, entries: Iterable[ExportedEntry]) -> str:
    """SimpleTuner's dataloader configuration: read with it, an export gives the same samples again."""
    tables = []
    for entry in entries:
        table: dict[str, Any] = {"id": entry.id, "type": "local", "instance_data_dir": entry.folder}
        table |= {key: entry.options[key] for key in sorted(_KEPT & entry.options.keys())}
        if layout.has_text_files:
            table["caption_strategy"] = "textfile"
            if entry.has_lines:
                table["disable_multiline_split"] = True
        else:
            table |= {
                "caption_strategy": "parquet",
                "metadata_backend": "parquet",
                "parquet": {"path": f"{entry.folder}/{_table_name(layout)}", **_COLUMNS},
            }
        tables.append(table)
    return json.dumps(tables, indent=2, ensure_ascii=False) + "\n"


def kohya_config(entries: Iterable[ExportedEntry]) -> str:
    """The dataset_config of kohya's scripts: a dataset and a subset for each folder."""
    lines = [
        "# Paths are relative to this file; start kohya's scripts in its folder.",
        "[general]",
        'caption_extension = ".txt"',
        "enable_bucket = true",
    ]
    for entry in entries:
        lines += ["", "[[datasets]]", f"resolution = {_edge(entry.options)}"]
        lines += [
            f"{key} = {_toml(entry.options[key])}"
            for key in _KOHYA_KEYS
            if entry.options.get(key) is not None
        ]
        lines += ["", "  [[datasets.subsets]]", f"  image_dir = {_toml(entry.folder)}"]
        lines.append(f"  num_repeats = {entry.repeats + 1}")
        lines += ["  is_reg = true"] if entry.is_prior else []
    return "\n".join(lines) + "\n"


def _repeats(options: Mapping[str, Any]) -> int:
    return round(passes_of(options)) - 1


def _table_name(layout: Layout) -> str:
    return METADATA_TABLE if layout is Layout.PARQUET else METADATA_LINES


def _edge(options: Mapping[str, Any]) -> int:
    """The edge of the square whose area kohya's buckets have, a multiple of 8."""
    resolution = options.get("resolution", 1024)
    if isinstance(resolution, list | tuple):
        resolution = max(resolution)
    size = float(resolution)
    if options.get("resolution_type") == "area":
        size = (size * _PIXELS) ** 0.5
    return max(8, round(size / 8) * 8)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
