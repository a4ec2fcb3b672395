"""Names for snapshots, through the client."""

from collections.abc import Iterator

import grpc

from bakehouse.client.calls import Caller
from bakehouse.client.convert_snapshots import ref_of
from bakehouse.client.snapshot_values import SnapshotRef
from bakehouse.ids import random_id
from bakehouse.rpc.names import project_name
from bakehouse.v1 import snapshot_pb2 as pb
from bakehouse.v1.snapshot_pb2_grpc import SnapshotServiceStub

_PAGE_SIZE = 200


class SnapshotRefs:
    """`client.snapshots.refs`. A name is named `projects/{project}/snapshotRefs/{id}`."""

    def __init__(self, channel: grpc.Channel, caller: Caller) -> None:
        self._stub = SnapshotServiceStub(channel)
        self._caller = caller

    def create(self, name: str, snapshot: str, *, pinned: bool = False) -> SnapshotRef:
        """Give a snapshot, `projects/{project}/snapshots/{sha256}`, a name.

        Raises:
            NotFoundError: the snapshot is not there.
            AlreadyExistsError: the name is taken; `move` it.
        """
        project = snapshot.split("/")[1] if snapshot.count("/") else ""
        request = pb.CreateSnapshotRefRequest(
            parent=project_name(project),
            snapshot_ref_id=name,
            snapshot_ref=pb.SnapshotRef(snapshot=snapshot, pinned=pinned),
            request_id=random_id("request"),
        )
        return ref_of(self._caller.call(self._stub.CreateSnapshotRef, request))

    def get(self, name: str) -> SnapshotRef:
        """The name of this name.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        return ref_of(self._caller.call(self._stub.GetSnapshotRef, pb.GetSnapshotRefRequest(name=name)))

    def list(self, project: str = "default") -> Iterator[SnapshotRef]:
        """A project's names, in alphabetical order; fetched a page at a time."""
        request = pb.ListSnapshotRefsRequest(parent=project_name(project), page_size=_PAGE_SIZE)
        while True:
            page = self._caller.call(self._stub.ListSnapshotRefs, request)
            yield from map(ref_of, page.snapshot_refs)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def move(self, name: str, snapshot: str, *, etag: str = "") -> SnapshotRef:
        """Point a name at another snapshot.

        Raises:
            NotFoundError: one of them is not there.
            StateError: it is pinned.
            StaleError: `etag` is given and no longer its own.
        """
        return self._update(pb.SnapshotRef(name=name, snapshot=snapshot, etag=etag), "snapshot")

    def pin(self, name: str, *, pinned: bool = True, etag: str = "") -> SnapshotRef:
        """Hold a name where it is, or release it.

        Raises:
            NotFoundError: it is not there.
            StaleError: `etag` is given and no longer its own.
        """
        return self._update(pb.SnapshotRef(name=name, pinned=pinned, etag=etag), "pinned")

    def delete(self, name: str, *, etag: str = "") -> None:
        """Take a name away; its snapshot stays.

        Raises:
            NotFoundError: it is not there.
            StateError: it is pinned.
            StaleError: `etag` is given and no longer its own.
        """
        request = pb.DeleteSnapshotRefRequest(name=name, etag=etag)
        self._caller.call(self._stub.DeleteSnapshotRef, request)

    def _update(self, wanted: pb.SnapshotRef, field: str) -> SnapshotRef:
        request = pb.UpdateSnapshotRefRequest(snapshot_ref=wanted)
        request.update_mask.paths.append(field)
        return ref_of(self._caller.call(self._stub.UpdateSnapshotRef, request))
