"""Names for snapshots, through a real gateway."""

import asyncio

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from bakehouse.errors import (
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    StateError,
)
from bakehouse.registry.revisions import ResourceRef, Revisions
from bakehouse.v1 import snapshot_pb2 as pb
from gateway.snapshots.ref_record import SNAPSHOT_REF_KIND
from tests.bakehouse.manifest.small_snapshot import Shot
from tests.gateway.bakery import call, failure_of
from tests.gateway.snapshots.shelf import Shelf


@pytest.fixture
async def snapshots(shelf: Shelf) -> list[str]:
    refs = [await shelf.put(name, Shot(name=f"{name}.png")) for name in ("a", "b")]
    return [f"{shelf.parent}/snapshots/{ref.content}" for ref in refs]


def creation(
    shelf: Shelf, snapshot: str, *, name: str = "good", request: str = "", pinned: bool = False
) -> pb.CreateSnapshotRefRequest:
    return pb.CreateSnapshotRefRequest(
        parent=shelf.parent,
        snapshot_ref_id=name,
        snapshot_ref=pb.SnapshotRef(snapshot=snapshot, pinned=pinned),
        request_id=request,
    )


async def test_a_name_is_made_read_moved_and_taken_away(shelf: Shelf, snapshots: list[str]) -> None:
    stub = shelf.shop.client.snapshots
    made = await call(stub.CreateSnapshotRef, creation(shelf, snapshots[0]))
    assert made.name == f"{shelf.parent}/snapshotRefs/good"
    assert await call(stub.GetSnapshotRef, pb.GetSnapshotRefRequest(name=made.name)) == made
    wanted = pb.SnapshotRef(name=made.name, snapshot=snapshots[1], etag=made.etag)
    moved = await call(stub.UpdateSnapshotRef, pb.UpdateSnapshotRefRequest(snapshot_ref=wanted))
    assert moved.snapshot == snapshots[1]
    stale = await failure_of(stub.UpdateSnapshotRef, pb.UpdateSnapshotRefRequest(snapshot_ref=wanted))
    assert type(stale) is StaleError
    await call(stub.DeleteSnapshotRef, pb.DeleteSnapshotRefRequest(name=made.name))
    gone = await failure_of(stub.GetSnapshotRef, pb.GetSnapshotRefRequest(name=made.name))
    assert type(gone) is NotFoundError
    again = await call(stub.CreateSnapshotRef, creation(shelf, snapshots[0], request="again"))
    assert again.snapshot == snapshots[0]


async def test_a_pinned_name_neither_moves_nor_goes(shelf: Shelf, snapshots: list[str]) -> None:
    stub = shelf.shop.client.snapshots
    made = await call(stub.CreateSnapshotRef, creation(shelf, snapshots[0], pinned=True))
    wanted = pb.SnapshotRef(name=made.name, snapshot=snapshots[1])
    moving = pb.UpdateSnapshotRefRequest(snapshot_ref=wanted)
    assert type(await failure_of(stub.UpdateSnapshotRef, moving)) is StateError
    removal = pb.DeleteSnapshotRefRequest(name=made.name)
    assert type(await failure_of(stub.DeleteSnapshotRef, removal)) is StateError
    release = pb.UpdateSnapshotRefRequest(snapshot_ref=wanted, update_mask=FieldMask(paths=["pinned"]))
    assert not (await call(stub.UpdateSnapshotRef, release)).pinned
    await call(stub.DeleteSnapshotRef, removal)


async def test_names_are_listed_in_pages(shelf: Shelf, snapshots: list[str]) -> None:
    stub = shelf.shop.client.snapshots
    for name in ("c", "a", "b"):
        await call(stub.CreateSnapshotRef, creation(shelf, snapshots[0], name=name))
    await call(stub.DeleteSnapshotRef, pb.DeleteSnapshotRefRequest(name=f"{shelf.parent}/snapshotRefs/b"))
    request = pb.ListSnapshotRefsRequest(parent=shelf.parent, page_size=1)
    first = await call(stub.ListSnapshotRefs, request)
    request.page_token = first.next_page_token
    second = await call(stub.ListSnapshotRefs, request)
    names = [ref.name.rpartition("/")[2] for ref in (*first.snapshot_refs, *second.snapshot_refs)]
    assert (names, second.next_page_token) == (["a", "c"], "")


async def test_the_same_request_makes_one_name_and_another_none(shelf: Shelf, snapshots: list[str]) -> None:
    stub = shelf.shop.client.snapshots
    first, second = [
        await call(stub.CreateSnapshotRef, creation(shelf, snapshots[0], request="r")) for _ in range(2)
    ]
    assert first == second
    taken = await failure_of(stub.CreateSnapshotRef, creation(shelf, snapshots[1], request="q"))
    assert type(taken) is AlreadyExistsError
    preview = creation(shelf, snapshots[0], name="not-made")
    preview.validate_only = True
    assert (await call(stub.CreateSnapshotRef, preview)).snapshot == snapshots[0]
    missing = pb.GetSnapshotRefRequest(name=f"{shelf.parent}/snapshotRefs/not-made")
    assert type(await failure_of(stub.GetSnapshotRef, missing)) is NotFoundError


async def test_a_name_is_for_a_snapshot_of_its_project(shelf: Shelf, snapshots: list[str]) -> None:
    stub = shelf.shop.client.snapshots
    nobody = f"{shelf.parent}/snapshots/{'0' * 64}"
    assert type(await failure_of(stub.CreateSnapshotRef, creation(shelf, nobody))) is NotFoundError
    foreign = snapshots[0].replace(shelf.project, "another")
    error = await failure_of(stub.CreateSnapshotRef, creation(shelf, foreign))
    assert type(error) is InvalidInputError


async def test_a_name_is_in_the_store_before_it_is_told_of(shelf: Shelf, snapshots: list[str]) -> None:
    await call(shelf.shop.client.snapshots.CreateSnapshotRef, creation(shelf, snapshots[0]))
    ref = ResourceRef(project=shelf.project, kind=SNAPSHOT_REF_KIND, id="good")
    kept = await asyncio.to_thread(Revisions(shelf.shop.store).latest, ref)
    assert kept is not None
    assert snapshots[0].rpartition("/")[2].encode() in kept
