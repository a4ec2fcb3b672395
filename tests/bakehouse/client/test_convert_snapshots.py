"""Messages of snapshots as values."""

from bakehouse.client.convert_snapshots import change_of, sample_of
from bakehouse.client.snapshot_values import ChangeKind
from bakehouse.v1 import snapshot_pb2 as pb


def test_what_has_no_bytes_has_no_digests() -> None:
    found = sample_of(pb.Sample(sample_id="0" * 32, state="failed", reason="dead_url"))
    assert (found.digest, found.picture, found.thumbnail, found.more) == (None, None, None, {})


def test_every_kind_of_change_is_known() -> None:
    kinds = [kind for kind in pb.SampleChange.Kind.values() if kind]
    change = change_of(pb.SampleChange(sample_id="0" * 32, kinds=kinds))
    assert set(change.kinds) == set(ChangeKind)
    assert (change.before, change.after) == (None, None)
