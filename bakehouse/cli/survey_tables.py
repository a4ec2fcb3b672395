"""What a survey of declared sizes counted, for people: totals by reason and a histogram of buckets."""

from collections.abc import Iterator, Mapping
from typing import Any

from bakehouse.cli.output import put, put_table, remark
from bakehouse.cli.snapshot_tables import bucket_rows
from bakehouse.client.snapshot_values import BucketCounts, SnapshotSummary

_KEPT = "kept"


def put_survey(result: Mapping[str, Any]) -> None:
    """Show the result of a job `dataset.survey`."""
    put_table(["DATASET", "USED", "NOT USED", "WHY NOT"], list(survey_rows(result)))
    put("")
    summary = SnapshotSummary(datasets=(), buckets=tuple(_buckets(result)))
    put_table(["BUCKET", "PICTURES", "GROWN", ""], list(bucket_rows(summary)))
    remark("These are the sizes that tables declare: no picture was opened.")


def survey_rows(result: Mapping[str, Any]) -> Iterator[list[str]]:
    """A row a dataset, and one for all where there are several."""
    entries = result.get("entries")
    surveyed: Mapping[str, Any] = entries if isinstance(entries, Mapping) else {}
    for name, survey in surveyed.items():
        yield _row(name, survey.get("counts", {}))
    if len(surveyed) > 1:
        yield _row("all", result.get("counts", {}))


def _row(name: str, counts: Mapping[str, int]) -> list[str]:
    out = {reason: int(number) for reason, number in counts.items() if reason != _KEPT}
    why = ", ".join(f"{number} {_word(reason)}" for reason, number in sorted(out.items()))
    return [name, str(int(counts.get(_KEPT, 0))), str(sum(out.values())), why]


def _word(reason: str) -> str:
    return (reason.partition(".")[2] or reason).replace("_", " ")


def _buckets(result: Mapping[str, Any]) -> Iterator[BucketCounts]:
    for size, number in result.get("buckets", {}).items():
        width, _, height = size.partition("x")
        yield BucketCounts(
            dataset="",
            width=int(width),
            height=int(height),
            crops=int(number),
            upscaled=0,
            heavily_upscaled=0,
        )
