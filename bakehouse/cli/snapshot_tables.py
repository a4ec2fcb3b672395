"""A snapshot's numbers for people: totals by reason, a histogram of its buckets, warnings."""

from collections.abc import Iterator

from bakehouse.cli.output import put, put_table, remark
from bakehouse.client.snapshot_values import SnapshotSummary
from bakehouse.client.snapshot_warnings import snapshot_warnings

_BAR = 30


def put_summary(summary: SnapshotSummary, *, batch_size: int = 1, has_tagger: bool = False) -> None:
    """Show all of it; warnings on stderr."""
    put_table(["DATASET", "USED", "NOT USED", "CAPTIONS", "WHY NOT"], list(dataset_rows(summary)))
    put("")
    put_table(["BUCKET", "PICTURES", "GROWN", ""], list(bucket_rows(summary)))
    for text in snapshot_warnings(summary, batch_size=batch_size, has_tagger=has_tagger):
        remark(f"warning: {text}")


def dataset_rows(summary: SnapshotSummary) -> Iterator[list[str]]:
    """A row a dataset, and one for all where there are several."""
    for dataset in summary.datasets:
        yield _dataset_row(dataset.dataset, dict(dataset.counts), dataset.captions)
    if len(summary.datasets) > 1:
        counts: dict[str, int] = {}
        for dataset in summary.datasets:
            for reason, number in dataset.counts.items():
                counts[reason] = counts.get(reason, 0) + number
        yield _dataset_row("all", counts, sum(dataset.captions for dataset in summary.datasets))


def bucket_rows(summary: SnapshotSummary) -> Iterator[list[str]]:
    """A row a bucket, all datasets together, the narrowest first, with a bar."""
    crops: dict[tuple[int, int], int] = {}
    grown: dict[tuple[int, int], int] = {}
    for bucket in summary.buckets:
        size = (bucket.width, bucket.height)
        crops[size] = crops.get(size, 0) + bucket.crops
        grown[size] = grown.get(size, 0) + bucket.upscaled
    most = max(crops.values(), default=1)
    for size in sorted(crops, key=lambda size: (size[0] / size[1], size)):
        bar = "█" * max(1, round(_BAR * crops[size] / most))
        yield [f"{size[0]}x{size[1]}", str(crops[size]), str(grown[size] or ""), bar]


def _dataset_row(name: str, counts: dict[str, int], captions: int) -> list[str]:
    out = {reason: number for reason, number in counts.items() if reason != "kept" and number}
    why = ", ".join(
        f"{number} {reason.partition('.')[2].replace('_', ' ')}" for reason, number in sorted(out.items())
    )
    return [name, str(counts.get("kept", 0)), str(sum(out.values())), str(captions), why]
