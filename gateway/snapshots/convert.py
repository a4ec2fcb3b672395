"""Between the messages of snapshots and what use cases take and give."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from google.protobuf.struct_pb2 import Struct

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import parse_id
from bakehouse.manifest.pictures import picture_digest
from bakehouse.rpc.etags import etag_of
from bakehouse.rpc.names import ADAPTERS, SNAPSHOT_REFS, SNAPSHOTS, TRAINING_RUNS, ResourceName, parse_name
from bakehouse.v1 import snapshot_pb2 as pb
from gateway import blobs, jobs
from gateway.convert import project_of, timestamp
from gateway.snapshots.ref_record import SnapshotRef
from gateway.snapshots.refs import RefChange
from gateway.snapshots.snapshots import Lineage, SampleStory, SampleWish

if TYPE_CHECKING:
    # For type checkers: pyarrow costs an idle process 50 MiB.
    from bakehouse.manifest.browsing import SampleRows
    from bakehouse.manifest.header import Manifest, ManifestRef
    from bakehouse.manifest.summary import Summary
    from gateway.snapshots.tables import Change, LaterRows

_CHANGEABLE = ("snapshot", "pinned")
# Columns of `samples` that a message has by another name or in another form.
_TOLD = frozenset(
    (
        *(
            "sample_id",
            "entry",
            "name",
            "part",
            "state",
            "reason",
            "detail",
            "digest",
            "size_bytes",
            "media_type",
        ),
        *("format", "width", "height", "prior", "uri", "thumbnail", "duplicate_of"),
    )
)
_MAX_EXACT = 2**53


def snapshot_name(text: str, *, field: str) -> ResourceName:
    """The snapshot that a request names."""
    return parse_name(text, SNAPSHOTS, field=field)


def ref_name(text: str) -> ResourceName:
    """The name of a snapshot that a request means."""
    return parse_name(text, SNAPSHOT_REFS)


def base_of(request: pb.ListSnapshotChangesRequest) -> Digest:
    """The snapshot before the changes that a request wants."""
    return parse_digest(request.base, field="base")


def sample_wish(request: pb.ListSamplesRequest | pb.ReadSamplesRequest) -> SampleWish:
    """The samples that a request wants."""
    return SampleWish(filter=request.filter, captions=captions_of(request.captions_manifest))


def captions_of(text: str) -> Digest | None:
    """The manifest that captions are to be taken from; None for the snapshot's own."""
    return parse_digest(text, field="captions_manifest") if text else None


def wanted_ref(request: pb.CreateSnapshotRefRequest) -> SnapshotRef:
    """The name that a request wants."""
    project = project_of(request.parent, field="parent")
    snapshot = _snapshot_of(request.snapshot_ref.snapshot, project)
    name = parse_id(request.snapshot_ref_id, field="snapshot_ref_id")
    return SnapshotRef(project=project, id=name, snapshot=snapshot, pinned=request.snapshot_ref.pinned)


def ref_change(request: pb.UpdateSnapshotRefRequest, name: ResourceName) -> RefChange:
    """What a request changes of a name."""
    message = request.snapshot_ref
    paths = set(request.update_mask.paths) or {field for field in _CHANGEABLE if getattr(message, field)}
    if unknown := paths - set(_CHANGEABLE):
        raise InvalidInputError(
            f"update_mask: {min(unknown)[:80]!r} can't be changed; use {' and '.join(_CHANGEABLE)}",
            field="update_mask",
        )
    return RefChange(
        snapshot=_snapshot_of(message.snapshot, name.project) if "snapshot" in paths else None,
        pinned=message.pinned if "pinned" in paths else None,
        etag=message.etag,
    )


def ref_message(ref: SnapshotRef) -> pb.SnapshotRef:
    """A name as the API shows it."""
    return pb.SnapshotRef(
        name=str(ref.name),
        snapshot=str(ref.snapshot_name),
        pinned=ref.pinned,
        create_time=timestamp(ref.create_time),
        update_time=timestamp(ref.update_time),
        etag=etag_of(ref.version),
    )


def sample_message(rows: "SampleRows", *, full: bool = False) -> pb.Sample:
    """A sample as the API shows it; `full`: with the columns that have no field of their own."""
    row = rows.sample
    return pb.Sample(
        sample_id=row["sample_id"].hex(),
        dataset=row["entry"],
        file=row["name"],
        part=row["part"],
        state=row["state"],
        reason=row["reason"],
        detail=row.get("detail") or "",
        sha256=row["digest"],
        size_bytes=row["size_bytes"],
        media_type=row["media_type"],
        format=row.get("format") or "",
        width=row["width"],
        height=row["height"],
        picture_sha256=picture_digest(row) if row["digest"] and row["width"] else "",
        prior=bool(row.get("prior")),
        uri=row.get("uri") or "",
        thumbnail_sha256=row.get("thumbnail") or "",
        duplicate_of=row.get("duplicate_of") or "",
        crops=map(_crop, rows.crops),
        captions=map(_caption, rows.captions),
        more=struct({name: value for name, value in row.items() if name not in _TOLD}) if full else None,
    )


def summary_message(summary: "Summary") -> pb.SnapshotSummary:
    """A snapshot in numbers as the API shows it."""
    answer = pb.SnapshotSummary()
    for entry, counts in summary.entries.items():
        answer.datasets.add(
            dataset=entry,
            counts=counts.counts,
            captions=counts.num_captions,
            uncaptioned=counts.num_uncaptioned,
        )
    for (entry, width, height), found in summary.buckets.items():
        answer.buckets.add(
            dataset=entry,
            width=width,
            height=height,
            crops=found.num_crops,
            upscaled=found.num_upscaled,
            heavily_upscaled=found.num_heavily_upscaled,
        )
    return answer


def change_message(change: "Change") -> pb.SampleChange:
    """A change as the API shows it."""
    return pb.SampleChange(
        sample_id=change.changes.sample_id.hex(),
        kinds=[pb.SampleChange.Kind.Value(f"KIND_{kind.name}") for kind in change.changes.kinds],
        before=None if change.before is None else sample_message(change.before),
        after=None if change.after is None else sample_message(change.after),
    )


def lineage_message(found: Lineage) -> pb.SnapshotLineage:
    """A lineage as the API shows it."""
    return pb.SnapshotLineage(
        ancestors=_nodes(found, found.ancestors),
        descendants=_nodes(found, found.descendants),
        trained=[
            pb.SnapshotLineage.Trained(
                training_run=_name(found.project, TRAINING_RUNS, run.job),
                adapters=[_name(found.project, ADAPTERS, adapter) for adapter in run.adapters],
            )
            for run in found.trained
        ],
    )


def story_message(story: SampleStory, project: str) -> pb.SampleStory:
    """The story of a sample as the API shows it."""
    return pb.SampleStory(
        sample=sample_message(story.rows, full=True),
        tables=[_table(later, project) for later in story.later],
        same_bytes=story.same_bytes,
        entry=struct(story.entry),
    )


def struct(row: Mapping[str, Any]) -> Struct:
    """A row as a message: without nulls, bytes in hex, what a double can't hold as text."""
    message = Struct()
    message.update({name: _value(value) for name, value in row.items() if value is not None})
    return message


def _value(value: Any) -> Any:  # noqa: ANN401 - whatever a table holds
    match value:
        case bytes():
            return value.hex()
        case bool() | str() | None:
            return value
        case int():
            return value if abs(value) <= _MAX_EXACT else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {name: _value(entry) for name, entry in value.items()}
        case Iterable():
            return [_value(entry) for entry in value]
    return str(value)


def _table(later: "LaterRows", project: str) -> pb.SampleStory.TableRows:
    return pb.SampleStory.TableRows(
        stage=later.stage,
        manifest=str(blobs.name_of(project, later.manifest)),
        table=later.table,
        rows=map(struct, later.rows),
    )


def _nodes(
    found: Lineage, manifests: "Sequence[tuple[ManifestRef, Manifest]]"
) -> list[pb.SnapshotLineage.Node]:
    return [
        pb.SnapshotLineage.Node(
            content=ref.content,
            manifest=str(blobs.name_of(found.project, ref.blob)),
            stage=manifest.stage,
            parents=[parent.content for parent in manifest.parents],
            rows={name: table.num_rows for name, table in manifest.tables.items()},
            jobs=[str(jobs.name_of(found.project, job)) for job in found.jobs.get(ref.content, ())],
        )
        for ref, manifest in manifests
    ]


def _crop(row: Mapping[str, Any]) -> pb.SampleCrop:
    return pb.SampleCrop(
        draw=row["draw"],
        width=row["bucket_width"],
        height=row["bucket_height"],
        resize_width=row["resize_width"],
        resize_height=row["resize_height"],
        x=row["crop_x"],
        y=row["crop_y"],
        crop_by=row["crop_by"],
    )


def _caption(row: Mapping[str, Any]) -> pb.SampleCaption:
    return pb.SampleCaption(
        variant=row["variant"],
        text=row["text"],
        source=row["source"],
        state=row["state"],
        reason=row["reason"],
    )


def _snapshot_of(text: str, project: str) -> Digest:
    found = parse_name(text, SNAPSHOTS, field="snapshot_ref.snapshot")
    if found.project != project:
        raise InvalidInputError(
            f"snapshot_ref.snapshot: {text[:200]!r} is of another project; name one of {project}",
            field="snapshot_ref.snapshot",
        )
    return Digest(found.id)


def _name(project: str, collection: str, name: str) -> str:
    return str(ResourceName(project=project, collection=collection, id=name))
