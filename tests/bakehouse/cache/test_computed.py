from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.computed import computed_by
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.canonical_json import Json
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.results import UnitResult

KEYS = [digest_bytes(b"%d" % number) for number in range(3)]


def result(unit: int, outputs: Json, *failures: ItemFailure) -> UnitResult:
    return UnitResult(
        job="j", plan=KEYS[0], unit=unit, attempt="a", num_done=0, outputs=outputs, failures=failures
    )


def test_what_all_units_wrote_and_what_failed_is_put_together(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    shards = [
        write_shard(Blobs(store, "p"), [(key, Tensor(dtype="U8", shape=(1,), data=b"x"))]) for key in KEYS[:2]
    ]
    failure = ItemFailure(item=KEYS[2], failure_class=FailureClass.INPUT, reason="no picture")
    found = computed_by(
        [result(0, shards[0].outputs()), result(1, None, failure), result(2, shards[1].outputs())]
    )
    assert [entry.key for entry in found.entries] == KEYS[:2]
    assert found.failures == {KEYS[2]: failure}


def test_what_tells_of_no_shard_is_damaged() -> None:
    with pytest.raises(CorruptionError):
        computed_by([result(0, {"rows": 3})])
