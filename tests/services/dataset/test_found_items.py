from dataclasses import replace

from bakehouse.cache.keys import compute_key
from bakehouse.canonical_json import Json
from services.dataset.domain.fetched import INGEST_KIND, INGEST_REVISION
from services.dataset.found_items import (
    FoundItem,
    find_items,
    found_line,
    lines_of,
    read_found,
    read_unit,
    unit_line,
)
from services.dataset.ports import RefusedItem, SourceItem
from tests.services.dataset.test_write_listings import Shelf

WHOLE = SourceItem(
    name="é.png", token="t", place="[1]", uri="s3://b/é", captions=("a", "b"), width=3, height=4
)


def test_a_line_is_read_as_it_was_written() -> None:
    items: list[SourceItem | RefusedItem] = [
        WHOLE,
        SourceItem(name="b.png", token="u"),
        RefusedItem(name="c\n", reason="link", detail="no", uri="s3://b/c"),
    ]
    lines = [found_line(found) for found in find_items(Shelf(*items))]
    found = [read_found(line) for line in lines]
    assert [one.item if isinstance(one, FoundItem) else one for one in found] == [
        replace(item, token="", place="") if isinstance(item, SourceItem) else item for item in items
    ]
    data = b"".join(lines)
    assert list(lines_of(data[at : at + 7] for at in range(0, len(data), 7))) == [
        line.rstrip(b"\n") for line in lines
    ]


def test_a_unit_has_what_fetching_needs() -> None:
    (found,) = find_items(Shelf(WHOLE))
    assert isinstance(found, FoundItem)
    payload = b"[" + unit_line("cats", found) + b"]"
    assert read_unit(payload) == {found.key: ("cats", replace(WHOLE, captions=()))}


def test_a_key_is_made_of_the_source_and_the_token_alone() -> None:
    (found,) = find_items(Shelf(WHOLE))
    assert isinstance(found, FoundItem)
    source: Json = {"type": "shelf"}
    assert found.key == compute_key(INGEST_KIND, INGEST_REVISION, {"source": source, "token": "t"})
