"""From the contract's messages of snapshots to the client's values."""

from bakehouse.client import snapshot_values as values
from bakehouse.client.convert import time_of
from bakehouse.client.convert_pipelines import last_part
from bakehouse.client.structs import plain
from bakehouse.digest import Digest
from bakehouse.v1 import snapshot_pb2 as pb


def sample_of(message: pb.Sample) -> values.Sample:
    """A sample."""
    return values.Sample(
        sample_id=message.sample_id,
        dataset=message.dataset,
        file=message.file,
        part=message.part,
        state=values.SampleState(message.state),
        reason=message.reason,
        detail=message.detail,
        digest=Digest(message.sha256) if message.sha256 else None,
        size_bytes=message.size_bytes,
        media_type=message.media_type,
        format=message.format,
        width=message.width,
        height=message.height,
        picture=Digest(message.picture_sha256) if message.picture_sha256 else None,
        prior=message.prior,
        uri=message.uri,
        crops=tuple(map(_crop_of, message.crops)),
        captions=tuple(map(_caption_of, message.captions)),
        thumbnail=Digest(message.thumbnail_sha256) if message.thumbnail_sha256 else None,
        duplicate_of=message.duplicate_of,
        more=plain(message.more) if message.HasField("more") else {},
    )


def summary_of(message: pb.SnapshotSummary) -> values.SnapshotSummary:
    """A snapshot in numbers."""
    return values.SnapshotSummary(
        datasets=tuple(
            values.DatasetCounts(
                dataset=counted.dataset,
                counts=dict(counted.counts),
                captions=counted.captions,
                uncaptioned=counted.uncaptioned,
            )
            for counted in message.datasets
        ),
        buckets=tuple(
            values.BucketCounts(
                dataset=bucket.dataset,
                width=bucket.width,
                height=bucket.height,
                crops=bucket.crops,
                upscaled=bucket.upscaled,
                heavily_upscaled=bucket.heavily_upscaled,
            )
            for bucket in message.buckets
        ),
    )


def change_of(message: pb.SampleChange) -> values.SampleChange:
    """A change."""
    names = (pb.SampleChange.Kind.Name(kind).removeprefix("KIND_").lower() for kind in message.kinds)
    return values.SampleChange(
        sample_id=message.sample_id,
        kinds=tuple(map(values.ChangeKind, names)),
        before=sample_of(message.before) if message.HasField("before") else None,
        after=sample_of(message.after) if message.HasField("after") else None,
    )


def lineage_of(message: pb.SnapshotLineage) -> values.SnapshotLineage:
    """A lineage."""
    return values.SnapshotLineage(
        ancestors=tuple(map(_node_of, message.ancestors)),
        descendants=tuple(map(_node_of, message.descendants)),
        trained=tuple(
            values.Trained(training_run=run.training_run, adapters=tuple(run.adapters))
            for run in message.trained
        ),
    )


def story_of(message: pb.SampleStory) -> values.SampleStory:
    """All that is known of a sample."""
    return values.SampleStory(
        sample=sample_of(message.sample),
        stages=tuple(
            values.StageRows(
                stage=table.stage,
                manifest=last_part(table.manifest),
                table=table.table,
                rows=tuple(map(plain, table.rows)),
            )
            for table in message.tables
        ),
        same_bytes=tuple(message.same_bytes),
        entry=plain(message.entry),
    )


def ref_of(message: pb.SnapshotRef) -> values.SnapshotRef:
    """A name."""
    return values.SnapshotRef(
        name=message.name,
        snapshot=message.snapshot,
        pinned=message.pinned,
        create_time=time_of(message.create_time),
        update_time=time_of(message.update_time),
        etag=message.etag,
    )


def _crop_of(message: pb.SampleCrop) -> values.Crop:
    return values.Crop(
        draw=message.draw,
        width=message.width,
        height=message.height,
        resize_width=message.resize_width,
        resize_height=message.resize_height,
        x=message.x,
        y=message.y,
        crop_by=message.crop_by,
    )


def _caption_of(message: pb.SampleCaption) -> values.Caption:
    return values.Caption(
        variant=message.variant,
        text=message.text,
        source=message.source,
        state=message.state,
        reason=message.reason,
    )


def _node_of(message: pb.SnapshotLineage.Node) -> values.LineageNode:
    return values.LineageNode(
        content=message.content,
        manifest=last_part(message.manifest),
        stage=message.stage,
        parents=tuple(message.parents),
        rows=dict(message.rows),
        jobs=tuple(message.jobs),
    )
