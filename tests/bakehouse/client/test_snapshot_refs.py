"""Names for snapshots through the client."""

import pytest

from bakehouse.errors import AlreadyExistsError, NotFoundError, StaleError, StateError
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot


def test_a_name_is_made_listed_moved_pinned_and_taken_away(stock: Stock) -> None:
    refs = stock.client.snapshots.refs
    first, second = stock.put(Shot(name="a.png")), stock.put(Shot(name="b.png"))
    made = refs.create("good", first.name)
    assert (made.id, made.snapshot, made.pinned) == ("good", first.name, False)
    with pytest.raises(AlreadyExistsError):
        refs.create("good", second.name)
    moved = refs.move(made.name, second.name, etag=made.etag)
    assert moved.snapshot == second.name
    with pytest.raises(StaleError):
        refs.move(made.name, first.name, etag=made.etag)
    assert refs.pin(made.name).pinned
    with pytest.raises(StateError, match="is pinned"):
        refs.delete(made.name)
    assert refs.get(made.name) == next(refs.list(stock.project))
    refs.pin(made.name, pinned=False)
    refs.delete(made.name)
    assert list(refs.list(stock.project)) == []
    with pytest.raises(NotFoundError):
        refs.get(made.name)
