"""Messages of snapshots."""

import math

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.names import SNAPSHOT_REFS, ResourceName
from bakehouse.v1 import snapshot_pb2 as pb
from gateway.snapshots.convert import ref_change, struct, wanted_ref
from tests.gateway.bakes import digest

NAME = ResourceName(project="p", collection=SNAPSHOT_REFS, id="good")
SNAPSHOT = f"projects/p/snapshots/{digest('snapshot')}"


def test_a_row_of_any_table_has_a_message() -> None:
    row = {"id": b"\x01", "n": 3, "far": 2**60, "odd": math.inf, "list": [{"b": b"\x02"}], "none": None}
    message = struct(row)
    assert (message["id"], message["n"], message["far"], message["odd"]) == ("01", 3, str(2**60), "inf")
    assert message.fields["list"].list_value.values[0].struct_value["b"] == "02"
    assert "none" not in message


def test_what_is_set_is_what_changes() -> None:
    ref = pb.SnapshotRef(name=str(NAME), snapshot=SNAPSHOT)
    change = ref_change(pb.UpdateSnapshotRefRequest(snapshot_ref=ref), NAME)
    assert (change.snapshot, change.pinned) == (digest("snapshot"), None)
    request = pb.UpdateSnapshotRefRequest(snapshot_ref=ref)
    request.update_mask.paths.append("pinned")
    assert ref_change(request, NAME).pinned is False
    request.update_mask.paths.append("name")
    with pytest.raises(InvalidInputError, match="'name' can't be changed"):
        ref_change(request, NAME)


def test_a_name_is_of_one_project() -> None:
    ref = pb.SnapshotRef(snapshot=SNAPSHOT)
    request = pb.CreateSnapshotRefRequest(parent="projects/q", snapshot_ref_id="good", snapshot_ref=ref)
    with pytest.raises(InvalidInputError, match="is of another project"):
        wanted_ref(request)
