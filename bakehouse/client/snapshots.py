"""Snapshots through the client: listed, named, looked into, compared."""

import random
import time
from collections.abc import Iterator
from itertools import chain

import grpc

from bakehouse.backoff import delays
from bakehouse.client.artifact_values import Snapshot
from bakehouse.client.artifacts import Collection
from bakehouse.client.calls import Caller, is_passing
from bakehouse.client.convert_snapshots import change_of, lineage_of, sample_of, story_of, summary_of
from bakehouse.client.snapshot_refs import SnapshotRefs
from bakehouse.client.snapshot_values import (
    Sample,
    SampleChange,
    SampleStory,
    SnapshotLineage,
    SnapshotSummary,
)
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.ids import parse_id
from bakehouse.rpc.names import PROJECTS, SNAPSHOT_REFS, SNAPSHOTS, ResourceName, parse_name
from bakehouse.v1 import snapshot_pb2 as pb
from bakehouse.v1.snapshot_pb2_grpc import SnapshotServiceStub

_PAGE_SIZE = 500
_PATIENCE_S = 120.0
_DIGEST_LENGTH = 64
_FEWEST_DIGITS = 4


class Snapshots:
    """`client.snapshots`. A snapshot is named `projects/{project}/snapshots/{sha256}`.

    `captions` names, where it is given, the manifest of a captions stage whose captions take the place of the
    snapshot's own.
    """

    def __init__(self, listed: Collection[Snapshot], channel: grpc.Channel, caller: Caller) -> None:
        self._listed = listed
        self._stub = SnapshotServiceStub(channel)
        self._caller = caller
        self.refs = SnapshotRefs(channel, caller)

    def get(self, name: str) -> Snapshot:
        """The snapshot of this name.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        return self._listed.get(name)

    def list(self, project: str = "") -> Iterator[Snapshot]:
        """A project's snapshots, the newest first; fetched a page at a time.

        Raises:
            NotFoundError: the project is not there, or not for this token.
        """
        return self._listed.list(project)

    def find(self, text: str, project: str = "default") -> Snapshot:
        """The snapshot that a person means.

        By its name, its digest, the first few digits of that, or a name that somebody gave; "" is the newest.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: there are several.
        """
        if text.startswith(f"{PROJECTS}/"):
            found = parse_name(text, SNAPSHOTS, SNAPSHOT_REFS, field="SNAPSHOT")
            return self.get(text if found.collection == SNAPSHOTS else self.refs.get(text).snapshot)
        if not text:
            return self._newest(project)
        if len(text) == _DIGEST_LENGTH:
            return self.get(str(ResourceName(project=project, collection=SNAPSHOTS, id=text)))
        try:
            name = ResourceName(
                project=project, collection=SNAPSHOT_REFS, id=parse_id(text, field="SNAPSHOT")
            )
            return self.get(self.refs.get(str(name)).snapshot)
        except (NotFoundError, InvalidInputError):
            return self._beginning_with(text, project)

    def samples(
        self,
        snapshot: str,
        where: str = "",
        *,
        captions: Digest | None = None,
    ) -> Iterator[Sample]:
        """The samples that a filter lets pass, in the order of their ids; a broken stream is gone on with.

        Args:
            snapshot: its name.
            where: `state = kept AND dataset = cats AND file = "*.png" AND caption : "red"`; docs/stages.md.
            captions: see the class.

        Raises:
            NotFoundError: the snapshot is not there.
            InvalidInputError: it is no filter.
            UnavailableError: the studio was away for two minutes.
        """
        request = pb.ReadSamplesRequest(parent=snapshot, filter=where, captions_manifest=captions or "")
        for message in self._stream(request):
            yield sample_of(message)

    def page(
        self,
        snapshot: str,
        where: str = "",
        *,
        size: int = 50,
        token: str = "",
    ) -> tuple[tuple[Sample, ...], str]:
        """A page of the same, and the token of the next one, which is empty for the last.

        Raises:
            NotFoundError: the snapshot is not there.
            InvalidInputError: it is no filter, or the token is of another list.
        """
        request = pb.ListSamplesRequest(parent=snapshot, filter=where, page_size=size, page_token=token)
        page = self._caller.call(self._stub.ListSamples, request)
        return tuple(map(sample_of, page.samples)), page.next_page_token

    def summary(self, snapshot: str, *, captions: Digest | None = None) -> SnapshotSummary:
        """A snapshot in numbers.

        Raises:
            NotFoundError: the snapshot is not there.
        """
        request = pb.GetSnapshotSummaryRequest(name=snapshot, captions_manifest=captions or "")
        return summary_of(self._caller.call(self._stub.GetSnapshotSummary, request))

    def diff(self, before: str, after: str) -> Iterator[SampleChange]:
        """What changed from one snapshot to another of the same project, in the order of the samples' ids.

        Raises:
            NotFoundError: one of them is not there.
            InvalidInputError: they are of two projects.
        """
        if before.split("/")[:2] != after.split("/")[:2]:
            raise InvalidInputError(f"{before} and {after} are of two projects; name two of one")
        request = pb.ListSnapshotChangesRequest(
            parent=after, base=before.rpartition("/")[2], page_size=_PAGE_SIZE
        )
        while True:
            page = self._caller.call(self._stub.ListSnapshotChanges, request)
            yield from map(change_of, page.changes)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def lineage(self, snapshot: str) -> SnapshotLineage:
        """Where a snapshot comes from, and what was made of it.

        Raises:
            NotFoundError: the snapshot is not there.
        """
        request = pb.GetSnapshotLineageRequest(name=snapshot)
        return lineage_of(self._caller.call(self._stub.GetSnapshotLineage, request))

    def story(self, snapshot: str, sample_id: str) -> SampleStory:
        """All that is known of one sample.

        Raises:
            NotFoundError: the snapshot or the sample is not there.
        """
        request = pb.GetSampleStoryRequest(name=snapshot, sample_id=sample_id)
        return story_of(self._caller.call(self._stub.GetSampleStory, request))

    def _stream(self, request: pb.ReadSamplesRequest) -> Iterator[pb.Sample]:
        waits = delays(random.Random(), first_s=0.2)
        give_up_at = time.monotonic() + _PATIENCE_S
        while True:
            stream = self._stub.ReadSamples(request)
            try:
                for message in chain.from_iterable(batch.samples for batch in stream):
                    yield message
                    request.after_sample_id = message.sample_id
                    give_up_at = time.monotonic() + _PATIENCE_S
            except grpc.RpcError as failure:
                error = self._caller.error_of(failure)
                if not is_passing(error) or time.monotonic() > give_up_at:
                    raise error from failure
                time.sleep(next(waits))
            else:
                return
            finally:
                stream.cancel()

    def _newest(self, project: str) -> Snapshot:
        for snapshot in self.list(project):
            return snapshot
        raise NotFoundError(f"project {project} has no snapshot; plan or bake a recipe")

    def _beginning_with(self, text: str, project: str) -> Snapshot:
        found = [one for one in self.list(project) if len(text) >= _FEWEST_DIGITS and one.id.startswith(text)]
        if len(found) > 1:
            raise InvalidInputError(
                f"{len(found)} snapshots of project {project} begin with {text}; give more digits"
            )
        if not found:
            raise NotFoundError(
                f"project {project} has no snapshot {text!r}, by name or by its first digits; "
                "see bakehouse snapshots ls"
            )
        return found[0]
