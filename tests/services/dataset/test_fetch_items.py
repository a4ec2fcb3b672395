from dataclasses import replace
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import ShardReader, entries_of
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, UnavailableError
from bakehouse.jobs.failures import ConfigError, FailureClass
from services.dataset.domain.fetched import Had, Lost, decode_outcome
from services.dataset.fetch_items import FetchWork, lost_of
from services.dataset.found_items import FoundItem, unit_line
from services.dataset.ports import Fetched, SourceItem
from tests.services.dataset.ingesting import OneSource
from tests.services.dataset.test_write_listings import Shelf, item
from tests.services.dataset.units import unit

SPEC: dict[str, Any] = {"sources": {"cats": {"type": "folder", "path": "/"}}}


def work(blobs: Blobs, sources: Any, *items: SourceItem) -> FetchWork:
    found = [FoundItem(key=digest_bytes(one.token.encode()), item=one) for one in items]
    payload = b"[" + b",".join(unit_line("cats", one) for one in found) + b"]"
    return FetchWork(replace(unit(blobs, None, kind="dataset.ingest", spec=SPEC), payload=payload), sources)


def test_a_lasting_failure_is_a_result_and_a_passing_one_is_none(blobs: Blobs) -> None:
    shelf = Shelf(broken={"dead.png": True, "away.png": False})
    done = work(blobs, OneSource(shelf), item("a.png"), item("dead.png"), item("away.png"))
    (failure,) = done.run(done.batches[0])
    assert (failure.failure_class, failure.reason) == (FailureClass.UNAVAILABLE, "dead_url: 404: not there")
    assert lost_of(failure) == Lost(reason="dead_url", detail="404: not there")
    outputs = done.close()
    rows = [decode_outcome(ShardReader(blobs).read(entry).data) for entry in entries_of(outputs.outputs)]
    had = Had(digest=digest_bytes(b"a.png"), size_bytes=5, etag="a.png")
    assert sorted(rows, key=repr) == [had, Lost(reason="dead_url", detail="404: not there")]
    assert had.digest in outputs.blobs


def test_nothing_is_fetched_twice_when_a_batch_is_run_again(blobs: Blobs) -> None:
    class Stumbling(Shelf):
        def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
            fetched = super().fetch(item, blobs)
            if item.name == "b.png" and self.fetched.count("b.png") == 1:
                raise UnavailableError("the store is away")
            return fetched

    shelf = Stumbling()
    again = work(blobs, OneSource(shelf), item("a.png"), item("b.png"))
    with pytest.raises(UnavailableError):
        again.run(again.batches[0])
    assert again.run(again.batches[0]) == []
    assert sorted(shelf.fetched) == ["a.png", "b.png", "b.png"]


def test_a_worker_that_can_not_open_the_source_blames_no_item(blobs: Blobs) -> None:
    class Closed:
        def open(self, spec: object, blobs: Blobs) -> Any:
            raise InvalidInputError("secret://x: the service has no such secret")

    closed = work(blobs, Closed(), item("a.png"))
    with pytest.raises(ConfigError, match="dataset cats: secret://x"):
        closed.run(closed.batches[0])


def test_a_unit_of_which_nothing_came_has_no_shard(blobs: Blobs) -> None:
    nothing = work(blobs, OneSource(Shelf(broken={"a.png": False})), item("a.png"))
    nothing.run(nothing.batches[0])
    assert nothing.close().outputs is None
