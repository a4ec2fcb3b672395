from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from services.encoder.manifests import Outcome, load_input
from tests.services.encoder.snapshots import put_snapshot, sources

KEY, SHARD = digest_bytes(b"key"), digest_bytes(b"shard")
FAILED = ItemFailure(item=KEY, failure_class=FailureClass.INPUT, reason="picture 12ab can't be decoded")


def test_a_computed_tensor_is_placed() -> None:
    row = Outcome(computed=(), failures={}).place(KEY, IndexEntry(key=KEY, shard=SHARD, row=3, crc32c=9))
    assert row == {
        "key": KEY,
        "shard": SHARD,
        "row": 3,
        "crc32c": 9,
        "state": "kept",
        "reason": None,
        "detail": None,
    }


def test_a_failure_says_why() -> None:
    row = Outcome(computed=(), failures={KEY: FAILED}).place(KEY, None)
    assert (row["state"], row["reason"], row["detail"]) == ("failed", "broken", FAILED.reason)


def test_what_neither_came_nor_failed_is_damage() -> None:
    with pytest.raises(CorruptionError, match="neither encoded nor did it fail"):
        Outcome(computed=(), failures={}).place(KEY, None)


def test_a_missing_input_is_named(blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError, match=r"inputs\.snapshot: missing"):
        load_input(blobs, {}, "snapshot", tables=[])


def test_a_missing_table_is_named(blobs: Blobs, tmp_path: Path) -> None:
    blob = put_snapshot(blobs, sources(1), tmp_path)
    with pytest.raises(InvalidInputError, match="stage snapshot has no latents"):
        load_input(blobs, {"snapshot": blob}, "snapshot", tables=["samples", "latents"])
