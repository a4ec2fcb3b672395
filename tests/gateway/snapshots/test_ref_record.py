"""Names for snapshots as the registry keeps them."""

import pytest

from bakehouse.errors import CorruptionError
from bakehouse.registry.records import Resource
from bakehouse.rpc.paging import PageTokens
from gateway.pages import PageWish
from gateway.snapshots.ref_record import SNAPSHOT_REF_KIND, RefListing, ref_of
from tests.gateway.bakes import digest


def record(name: str = "good", **changes: object) -> Resource:
    fields: dict[str, object] = {
        "project": "p",
        "kind": SNAPSHOT_REF_KIND,
        "id": name,
        "version": 1,
        "body": {"snapshot": digest("snapshot"), "pinned": False},
    }
    return Resource(**{**fields, **changes})  # type: ignore[arg-type]  # given by name


def names(listing: RefListing) -> list[str]:
    return [ref.id for ref in listing.page("p", PageWish()).entries]


def test_a_record_is_a_name() -> None:
    ref = ref_of(record())
    assert str(ref.name) == "projects/p/snapshotRefs/good"
    assert str(ref.snapshot_name) == f"projects/p/snapshots/{digest('snapshot')}"


@pytest.mark.parametrize("body", [{}, {"snapshot": "x", "pinned": False}])
def test_a_damaged_record_is_said_to_be_one(body: dict[str, object]) -> None:
    with pytest.raises(CorruptionError, match="the record of snapshot-ref good is damaged"):
        ref_of(record(body=body))


def test_the_newest_revision_counts_whenever_it_comes() -> None:
    listing = RefListing(PageTokens(b"k" * 32))
    for resource in (record("b", version=2, deleted=True), record("b"), record("a")):
        listing.note(resource)
    assert names(listing) == ["a"]
    listing.note(record("b", version=3))
    assert names(listing) == ["a", "b"]
