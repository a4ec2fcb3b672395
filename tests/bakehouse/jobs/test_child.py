from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import canonical_bytes
from bakehouse.jobs.child import Child
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.messages import WorkMessage
from bakehouse.jobs.pipe import Order, Verb, Word
from bakehouse.jobs.plan import PlanFor, PlanWriter
from bakehouse.jobs.stage import UnitOutputs, UnitRequest


class Counter:
    """A runner that counts, and is told by its payload to break."""

    def __init__(self) -> None:
        self.requests: list[UnitRequest] = []

    def open(self, request: UnitRequest) -> "Counter":
        self.requests.append(request)
        if request.payload == b"break":
            raise KeyError("canary")
        return self

    batches: Sequence[Sequence[str]] = (("a", "b"), ("c",))

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        return ()

    def close(self) -> UnitOutputs:
        return UnitOutputs(outputs={"rows": 3})


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return store


def order(store: DirectoryStore, payload: bytes = b"unit") -> Order:
    blobs = Blobs(store, "p")
    spec = blobs.put(canonical_bytes({"a": 1}))
    writer = PlanWriter(blobs, PlanFor(kind="k", spec=spec), stop=Event())
    writer.add_unit(payload, num_items=3)
    plan, _ = writer.finish()
    work = WorkMessage(service="s", project="p", job="j", kind="k", spec=spec, plan=plan, unit=0)
    return Order(work=work, attempt="0123456789ab")


def test_it_announces_each_piece_and_stores_a_result(store: DirectoryStore) -> None:
    said: list[Word] = []
    runner = Counter()
    word = Child(runner, store, said.append).obey(order(store))
    assert word.verb is Verb.FINISHED
    assert [w.items for w in said] == [("a", "b"), ("c",), ()]
    assert (runner.requests[0].spec, runner.requests[0].payload) == ({"a": 1}, b"unit")


def test_an_error_of_ours_is_told_without_its_text(store: DirectoryStore) -> None:
    word = Child(Counter(), store, lambda _: None).obey(order(store, b"break"))
    assert (word.verb, word.failure_class) == (Verb.FAILED, FailureClass.BUG)
    assert "canary" not in word.reason


def test_a_plan_that_is_not_there_is_told(store: DirectoryStore) -> None:
    asked = order(store)
    for entry in list(store.list("p/blobs/")):
        store.delete([entry.key])  # type: ignore[union-attr]  # a recursive listing has no folders
    word = Child(Counter(), store, lambda _: None).obey(asked)
    assert (word.verb, word.failure_class) == (Verb.FAILED, FailureClass.INPUT)


def test_a_cancel_stops_it_before_the_next_piece(store: DirectoryStore) -> None:
    child = Child(Counter(), store, lambda _: child.cancel())
    assert child.obey(order(store)) == Word(verb=Verb.CANCELLED)


def test_a_cancel_of_an_earlier_order_does_not_stop_a_later(store: DirectoryStore) -> None:
    child = Child(Counter(), store, lambda _: None)
    child.cancel()
    assert child.obey(order(store)).verb is Verb.FINISHED
