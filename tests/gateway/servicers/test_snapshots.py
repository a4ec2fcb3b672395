"""bakehouse.v1.SnapshotService: what it refuses. What it gives: tests/gateway/snapshots."""

from typing import Any

import pytest

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.v1 import snapshot_pb2 as pb
from tests.gateway.bakery import Bakery, failure_of

MISSING = "0" * 64


@pytest.mark.parametrize(
    ("method", "request_type", "field"),
    [
        ("ListSamples", pb.ListSamplesRequest, "parent"),
        ("GetSnapshotSummary", pb.GetSnapshotSummaryRequest, "name"),
        ("GetSnapshotLineage", pb.GetSnapshotLineageRequest, "name"),
    ],
)
async def test_a_snapshot_that_is_not_there_is_not_found(
    shop: Bakery, method: str, request_type: Any, field: str
) -> None:
    name = f"projects/{await shop.new_project()}/snapshots/{MISSING}"
    call = getattr(shop.client.snapshots, method)
    assert type(await failure_of(call, request_type(**{field: name}))) is NotFoundError
    odd = request_type(**{field: name.replace("snapshots", "adapters")})
    assert type(await failure_of(call, odd)) is InvalidInputError


async def test_a_bound_token_sees_its_own_project_only(shop: Bakery) -> None:
    project, own = await shop.new_project(), await shop.new_project()
    client = shop.client_of(shop.tokens.add(projects=(own,)))
    request = pb.ListSnapshotRefsRequest(parent=f"projects/{project}")
    assert type(await failure_of(client.snapshots.ListSnapshotRefs, request)) is NotFoundError
