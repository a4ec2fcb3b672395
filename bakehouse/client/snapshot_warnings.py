"""What is worth a word about a snapshot although nothing is wrong: small buckets, enlarged pictures ..."""

from collections.abc import Iterator

from bakehouse.client.snapshot_values import BucketCounts, DatasetCounts, SnapshotSummary

_NAMED = 5
_FEW = 2


def snapshot_warnings(
    summary: SnapshotSummary, *, batch_size: int = 1, has_tagger: bool = False
) -> list[str]:
    """One sentence each, with the remedy.

    Args:
        summary: of the snapshot.
        batch_size: how many pictures of one bucket are trained on at a time.
        has_tagger: captions that are missing will be written.
    """
    found = [*_few(summary.buckets, max(batch_size, _FEW)), *_enlarged(summary.buckets)]
    for dataset in summary.datasets:
        found += [*_unused(dataset), *_silent(dataset, has_tagger=has_tagger)]
    return found


def _few(buckets: tuple[BucketCounts, ...], enough: int) -> Iterator[str]:
    by_dataset: dict[str, list[BucketCounts]] = {}
    for bucket in buckets:
        by_dataset.setdefault(bucket.dataset, []).append(bucket)
    for dataset, own in by_dataset.items():
        few = sorted((bucket for bucket in own if bucket.crops < enough), key=lambda bucket: bucket.crops)
        if few:
            named = ", ".join(f"{b.width}x{b.height}: {b.crops}" for b in few[:_NAMED])
            more = f" and {len(few) - _NAMED} more" if len(few) > _NAMED else ""
            yield (
                f"dataset {dataset}: {_num(len(few), 'bucket')} of {len(own)} with fewer than {enough} "
                f"pictures ({named}{more}); a batch is filled up with its own pictures: crop to fewer "
                "shapes (crop_aspect: closest), or add pictures of these"
            )


def _enlarged(buckets: tuple[BucketCounts, ...]) -> Iterator[str]:
    heavy: dict[str, int] = {}
    total: dict[str, int] = {}
    for bucket in buckets:
        heavy[bucket.dataset] = heavy.get(bucket.dataset, 0) + bucket.heavily_upscaled
        total[bucket.dataset] = total.get(bucket.dataset, 0) + bucket.crops
    for dataset, number in heavy.items():
        if number:
            yield (
                f"dataset {dataset}: {number} of {total[dataset]} pictures grow by more than half and will "
                "be blurred; set minimum_image_size, lower resolution, or give larger files"
            )


def _unused(dataset: DatasetCounts) -> Iterator[str]:
    total = sum(dataset.counts.values())
    unused = total - dataset.num_kept
    if unused * 2 > total:
        yield f"dataset {dataset.dataset}: {unused} of {total} pictures are not used; see the reasons above"


def _silent(dataset: DatasetCounts, *, has_tagger: bool) -> Iterator[str]:
    if dataset.uncaptioned and not has_tagger:
        yield (
            f"dataset {dataset.dataset}: {dataset.uncaptioned} of {dataset.num_kept} pictures have no "
            "caption; write them, or name a tagger under captioning"
        )


def _num(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
