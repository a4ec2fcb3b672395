"""A snapshot's numbers for people: totals by reason, a histogram of its buckets, warnings."""

from collections.abc import Iterator, Mapping
from typing import Any

from bakehouse.cli.output import put, put_table, remark
from bakehouse.client.snapshot_values import SnapshotSummary
from bakehouse.client.snapshot_warnings import snapshot_warnings

_BAR = 30
_NAMED = 5
_LIKE = {"exact_duplicate": "the same pixels as", "near_duplicate": "looks like"}


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


def duplicate_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """What is there twice and stays, as a snapshot's job tells it: how many, the first by name."""
    counts, named = result.get("counts") or {}, result.get("duplicates") or []
    kinds = {kind: counts.get(f"duplicates.{kind}") or 0 for kind in ("exact", "near")}
    total = sum(kinds.values())
    if not total:
        return
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    yield f"{total} {'picture is' if total == 1 else 'pictures are'} kept although there twice ({told}):"
    for one in named[:_NAMED]:
        yield f"  {one['picture']}: {_LIKE.get(one['kind'], 'a duplicate of')} {one['of']}"
    if (more := total - len(named[:_NAMED])) > 0:
        yield f"  and {more} more; their column duplicate_of says of which: bakehouse explain"


def size_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """How many pictures have another size than their tables declare, as a snapshot's job tells it."""
    if number := (result.get("counts") or {}).get("size_differs"):
        are = "picture is" if number == 1 else "pictures are"
        yield f"{number} {are} of another size than the table or source declares; their own size counts"


def _dataset_row(name: str, counts: dict[str, int], captions: int) -> list[str]:
    out = {reason: number for reason, number in counts.items() if reason != "kept" and number}
    why = ", ".join(
        f"{number} {reason.partition('.')[2].replace('_', ' ')}" for reason, number in sorted(out.items())
    )
    return [name, str(counts.get("kept", 0)), str(sum(out.values())), str(captions), why]
