"""bakehouse.v1.SnapshotService."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from google.protobuf.empty_pb2 import Empty
from typing_extensions import override

from bakehouse.manifest.identity import parse_sample_id
from bakehouse.rpc.call import Context
from bakehouse.v1 import snapshot_pb2 as pb
from bakehouse.v1.snapshot_pb2_grpc import SnapshotServiceServicer
from gateway.convert import asking, project_of
from gateway.pages import PageWish
from gateway.snapshots import convert
from gateway.snapshots.refs import SnapshotRefs
from gateway.snapshots.snapshots import Snapshots


class SnapshotServicer(SnapshotServiceServicer):
    """Snapshots over gRPC."""

    def __init__(self, snapshots: Snapshots, refs: SnapshotRefs) -> None:
        self._snapshots = snapshots
        self._refs = refs

    @override
    async def ListSamples(self, request: pb.ListSamplesRequest, context: Context) -> pb.ListSamplesResponse:
        name, wanted = convert.snapshot_name(request.parent, field="parent"), _wish(request)
        page = await self._snapshots.samples(name, convert.sample_wish(request), wanted)
        samples = map(convert.sample_message, page.entries)
        return pb.ListSamplesResponse(samples=samples, next_page_token=page.next)

    @override
    async def ReadSamples(
        self, request: pb.ReadSamplesRequest, context: Context
    ) -> AsyncIterator[pb.ReadSamplesResponse]:
        name, wish = convert.snapshot_name(request.parent, field="parent"), convert.sample_wish(request)
        async with aclosing(self._snapshots.stream(name, wish, after=request.after_sample_id)) as batches:
            async for batch in batches:
                yield pb.ReadSamplesResponse(samples=map(convert.sample_message, batch))

    @override
    async def GetSnapshotSummary(
        self, request: pb.GetSnapshotSummaryRequest, context: Context
    ) -> pb.SnapshotSummary:
        name, captions = (
            convert.snapshot_name(request.name, field="name"),
            convert.captions_of(request.captions_manifest),
        )
        return convert.summary_message(await self._snapshots.summary(name, captions))

    @override
    async def ListSnapshotChanges(
        self, request: pb.ListSnapshotChangesRequest, context: Context
    ) -> pb.ListSnapshotChangesResponse:
        name, base = convert.snapshot_name(request.parent, field="parent"), convert.base_of(request)
        page = await self._snapshots.changes(name, base, _wish(request))
        changes = map(convert.change_message, page.entries)
        return pb.ListSnapshotChangesResponse(changes=changes, next_page_token=page.next)

    @override
    async def GetSnapshotLineage(
        self, request: pb.GetSnapshotLineageRequest, context: Context
    ) -> pb.SnapshotLineage:
        found = await self._snapshots.lineage(convert.snapshot_name(request.name, field="name"))
        return convert.lineage_message(found)

    @override
    async def GetSampleStory(self, request: pb.GetSampleStoryRequest, context: Context) -> pb.SampleStory:
        name, sample = convert.snapshot_name(request.name, field="name"), parse_sample_id(request.sample_id)
        return convert.story_message(await self._snapshots.story(name, sample), name.project)

    @override
    async def CreateSnapshotRef(
        self, request: pb.CreateSnapshotRefRequest, context: Context
    ) -> pb.SnapshotRef:
        how = asking(request.request_id, validate_only=request.validate_only)
        return convert.ref_message(await self._refs.create(convert.wanted_ref(request), how))

    @override
    async def GetSnapshotRef(self, request: pb.GetSnapshotRefRequest, context: Context) -> pb.SnapshotRef:
        return convert.ref_message(await self._refs.get(convert.ref_name(request.name)))

    @override
    async def ListSnapshotRefs(
        self, request: pb.ListSnapshotRefsRequest, context: Context
    ) -> pb.ListSnapshotRefsResponse:
        page = await self._refs.page(project_of(request.parent, field="parent"), _wish(request))
        refs = map(convert.ref_message, page.entries)
        return pb.ListSnapshotRefsResponse(snapshot_refs=refs, next_page_token=page.next)

    @override
    async def UpdateSnapshotRef(
        self, request: pb.UpdateSnapshotRefRequest, context: Context
    ) -> pb.SnapshotRef:
        name = convert.ref_name(request.snapshot_ref.name)
        change = convert.ref_change(request, name)
        return convert.ref_message(await self._refs.update(name, change, validate_only=request.validate_only))

    @override
    async def DeleteSnapshotRef(self, request: pb.DeleteSnapshotRefRequest, context: Context) -> Empty:
        await self._refs.delete(convert.ref_name(request.name), etag=request.etag)
        return Empty()


_Lists = pb.ListSamplesRequest | pb.ListSnapshotChangesRequest | pb.ListSnapshotRefsRequest


def _wish(request: _Lists) -> PageWish:
    return PageWish(size=request.page_size, token=request.page_token)
