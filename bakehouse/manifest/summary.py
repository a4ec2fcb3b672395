"""A snapshot in numbers: samples of each dataset by what became of them, and crops of each bucket."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.columns import Array, call
from bakehouse.manifest.reading import TableReader, stretches
from bakehouse.manifest.schema import KEPT, SAMPLE_ID, STATE
from bakehouse.manifest.table import TableRef

HEAVY = 1.5  # times as long a side: from there on a picture is more made up than seen

_NO = pa.scalar(value=False)
_COLUMNS = {
    "samples": ("entry", "state", "reason", "width"),
    "buckets": ("bucket_width", "bucket_height", "resize_width"),
    "captions": ("state",),
}


@dataclass(slots=True, kw_only=True)
class EntryCounts:
    """Of one dataset: samples by `kept`, `excluded.REASON`, `failed.REASON`; captions of the kept ones."""

    counts: Counter[str] = field(default_factory=Counter)
    num_captions: int = 0
    num_uncaptioned: int = 0


@dataclass(slots=True, kw_only=True)
class BucketCounts:
    """Of one bucket of a dataset: crops, and those of pictures that grow, at all and by more than half."""

    num_crops: int = 0
    num_upscaled: int = 0
    num_heavily_upscaled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All of it: by dataset, and by dataset, width and height."""

    entries: Mapping[str, EntryCounts]
    buckets: Mapping[tuple[str, int, int], BucketCounts]


def summarise(blobs: Blobs, tables: Mapping[str, TableRef]) -> Summary:
    """Count the rows of `samples`, and of `buckets` and `captions` where they are there.

    Raises:
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    refs = {name: tables[name] for name in _COLUMNS if name in tables}
    readers = {name: TableReader(blobs, ref, columns=_COLUMNS[name]) for name, ref in refs.items()}
    entries: dict[str, EntryCounts] = {}
    buckets: dict[tuple[str, int, int], BucketCounts] = {}
    for stretch in stretches(refs.values()):
        samples = readers["samples"].rows_at(stretch)
        if not samples.num_rows:
            continue
        _count_states(samples, entries)
        if "captions" in readers:
            _count_captions(samples, readers["captions"].rows_at(stretch), entries)
        if "buckets" in readers:
            _count_buckets(samples, readers["buckets"].rows_at(stretch), buckets)
    return Summary(entries=dict(sorted(entries.items())), buckets=dict(sorted(buckets.items())))


def _count_states(samples: pa.RecordBatch, entries: dict[str, EntryCounts]) -> None:
    table = pa.table({name: samples[name] for name in ("entry", STATE, "reason")})
    for row in table.group_by(["entry", STATE, "reason"]).aggregate([([], "count_all")]).to_pylist():
        word = KEPT if row[STATE] == KEPT else f"{row[STATE]}.{row['reason']}"
        entries.setdefault(row["entry"], EntryCounts()).counts[word] += row["count_all"]


def _count_captions(
    samples: pa.RecordBatch, captions: pa.RecordBatch, entries: dict[str, EntryCounts]
) -> None:
    said = captions[SAMPLE_ID].filter(_is_kept(captions))
    kept = samples.filter(_is_kept(samples))
    places = pc.index_in(said, kept[SAMPLE_ID]).drop_null()
    for entry, number in _counted(kept["entry"].take(places)):
        entries[entry].num_captions += number
    silent = call("invert", pc.is_in(kept[SAMPLE_ID], said))
    for entry, number in _counted(kept["entry"].filter(silent)):
        entries[entry].num_uncaptioned += number


def _counted(names: Array) -> list[tuple[str, int]]:
    counted: list[dict[str, Any]] = pc.value_counts(names).to_pylist()  # type: ignore[misc, assignment]  # stubs
    return [(pair["values"], pair["counts"]) for pair in counted]


def _count_buckets(
    samples: pa.RecordBatch, crops: pa.RecordBatch, buckets: dict[tuple[str, int, int], BucketCounts]
) -> None:
    rows = samples.take(pc.index_in(crops[SAMPLE_ID], samples[SAMPLE_ID]))
    growth = call("divide", crops["resize_width"].cast(pa.float64()), rows["width"].cast(pa.float64()))
    table = pa.table(
        {
            "entry": rows["entry"],
            "width": crops["bucket_width"],
            "height": crops["bucket_height"],
            "upscaled": call("greater", growth, pa.scalar(1.0)).fill_null(_NO).cast(pa.int64()),
            "heavily": call("greater", growth, pa.scalar(HEAVY)).fill_null(_NO).cast(pa.int64()),
        }
    )
    groups = table.group_by(["entry", "width", "height"])
    for row in groups.aggregate([([], "count_all"), ("upscaled", "sum"), ("heavily", "sum")]).to_pylist():
        found = buckets.setdefault((row["entry"], row["width"], row["height"]), BucketCounts())
        found.num_crops += row["count_all"]
        found.num_upscaled += row["upscaled_sum"]
        found.num_heavily_upscaled += row["heavily_sum"]


def _is_kept(rows: pa.RecordBatch) -> Array:
    return call("equal", rows[STATE], pa.scalar(KEPT)).fill_null(_NO)
