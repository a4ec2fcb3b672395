"""What pipelines made, through a real gateway where there is none yet, and a server that has some."""

from typing import Any

import pytest

from bakehouse.client.artifact_values import Artifact
from bakehouse.client.client import Client
from bakehouse.errors import NotFoundError
from bakehouse.v1 import artifact_pb2 as pb
from tests.bakehouse.client.simmering import BLOB, DIGESTS
from tests.bakehouse.client.studio_thread import StudioThread

SORTS = {
    "datasets": "projects/default/datasets/none",
    "snapshots": f"projects/default/snapshots/{DIGESTS[0]}",
    "base_models": f"projects/shared/baseModels/{DIGESTS[0]}",
    "training_runs": "projects/default/trainingRuns/none",
    "adapters": f"projects/default/adapters/{DIGESTS[0]}",
}


@pytest.mark.parametrize("sort", SORTS)
def test_where_nothing_was_made_nothing_is_listed_or_found(client: Client, sort: str) -> None:
    collection: Any = getattr(client, sort)
    assert list(collection.list()) == []
    with pytest.raises(NotFoundError):
        collection.get(SORTS[sort])


def test_a_list_goes_on_behind_its_first_page(studio: StudioThread) -> None:
    asked: list[pb.ListSnapshotsRequest] = []

    async def page(request: pb.ListSnapshotsRequest, context: object) -> pb.ListSnapshotsResponse:
        asked.append(request)
        name = f"projects/p/snapshots/{len(asked)}"
        return pb.ListSnapshotsResponse(
            snapshots=[pb.Snapshot(name=name, manifest=BLOB + DIGESTS[1])],
            next_page_token="more" if len(asked) == 1 else "",
        )

    studio.answer("/bakehouse.v1.ArtifactService/ListSnapshots", page)
    studio.open()
    with studio.client() as client:
        found: list[Artifact] = list(client.snapshots.list("p"))
    assert [snapshot.id for snapshot in found] == ["1", "2"]
    assert [(request.parent, request.page_token) for request in asked] == [
        ("projects/p", ""),
        ("projects/p", "more"),
    ]
