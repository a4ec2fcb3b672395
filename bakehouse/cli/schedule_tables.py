"""How often training sees each picture, dataset and bucket, for people: tables, and a line about the run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from bakehouse.cli.output import put, put_table, remark
from bakehouse.client.snapshot_values import Sample, SnapshotSummary
from bakehouse.schedule.options import SCHEDULE_KEYS, EntryOptions, RunOptions
from bakehouse.schedule.seen import BucketSeen, RunLength, RunSeen, run_seen
from bakehouse.spec import parse_spec


def schedule_of(
    training: Mapping[str, Any],
    entries: Mapping[str, Any],
    summary: SnapshotSummary,
    *,
    uncaptioned: Iterable[Sample] = (),
) -> RunSeen:
    """What a run over a snapshot will see.

    Args:
        training: the recipe's section.
        entries: what training is asked of each dataset, as the snapshot's job says.
        summary: of the snapshot.
        uncaptioned: kept pictures that get no caption from anywhere, and so are not trained on.

    Raises:
        InvalidInputError: it can't be trained so, an underfilled bucket is refused, say.
    """
    pictures: Counter[tuple[str, str]] = Counter()
    for bucket in summary.buckets:
        pictures[bucket.dataset, f"{bucket.width}x{bucket.height}"] += bucket.crops
    for sample in uncaptioned:
        pictures.subtract((sample.dataset, crop.bucket) for crop in sample.crops)
    options = {
        name: parse_spec(EntryOptions, _chosen(asked, SCHEDULE_KEYS), what=f"dataset {name}")
        for name, asked in entries.items()
    }
    run = parse_spec(RunOptions, _chosen(training, _names(RunOptions)), what="training")
    length = parse_spec(RunLength, _chosen(training, _names(RunLength)), what="training")
    return run_seen(run, options, pictures, length)


def put_schedule(seen: RunSeen) -> None:
    """Show all of it; warnings on stderr."""
    put_table(["DATASET", "PICTURES", "SEEN AN EPOCH", "SEEN IN ALL"], list(entry_rows(seen)))
    put("")
    put_table(["BUCKET", "DATASETS", "PICTURES", "SEEN", "STEPS", "AGAIN TO FILL"], list(seen_rows(seen)))
    put(run_line(seen))
    for text in never_lines(seen):
        remark(f"warning: {text}")


def entry_rows(seen: RunSeen) -> Iterator[list[str]]:
    """A row a dataset: how often each of its pictures is seen."""
    for entry in seen.entries:
        times = f"{entry.times_an_epoch:g} times", f"{round(entry.times_a_run, 1):g} times"
        yield [entry.name, str(entry.num_pictures), *times]


def seen_rows(seen: RunSeen) -> Iterator[list[str]]:
    """A row a bucket in the first epoch that has it: pictures, times they are seen, steps, pads."""
    for bucket in sorted(seen.buckets, key=_by_shape):
        yield [
            bucket.name,
            ", ".join(bucket.entries),
            str(bucket.num_pictures),
            str(bucket.num_seen),
            f"{bucket.num_steps} of {bucket.step_size}",
            str(bucket.num_pads or ""),
        ]


def run_line(seen: RunSeen) -> str:
    """How long the run is, and how many pictures its epochs see again to fill steps."""
    pads = seen.pads_of_first_epoch
    again = f", {pads} of its pictures again to fill them" if pads else ""
    return (
        f"{seen.num_steps} steps, {seen.num_epochs} epochs; the first epoch has "
        f"{seen.steps_of_first_epoch} steps{again}"
    )


def never_lines(seen: RunSeen) -> Iterator[str]:
    """What is to be said of datasets that the run never comes to."""
    for entry in seen.entries:
        if not entry.times_a_run:
            yield (
                f"dataset {entry.name} is never seen: its probability is 0, or its first epoch or step lies "
                "behind the end of the run; let it begin earlier, train for longer, or disable it"
            )


def _by_shape(bucket: BucketSeen) -> tuple[float, str]:
    width, _, height = bucket.name.partition("x")
    return int(width) / int(height), bucket.name


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _chosen(table: Mapping[str, Any], names: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {name: table[name] for name in names if table.get(name) is not None}
