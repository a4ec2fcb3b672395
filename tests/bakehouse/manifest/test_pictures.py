from typing import Any

from bakehouse.digest import digest_bytes
from bakehouse.manifest.pictures import PICTURE_COLUMNS, picture_digest

SOURCE, WHOLE, SMALL = (digest_bytes(name) for name in (b"source", b"whole", b"small"))


def row(*renditions: dict[str, Any] | None) -> dict[str, Any]:
    return {"digest": SOURCE, "width": 120, "height": 80, "renditions": [*renditions]}


def test_the_rendition_of_the_samples_own_size_is_its_picture() -> None:
    small = {"digest": SMALL, "width": 60, "height": 40}
    whole = {"digest": WHOLE, "width": 120, "height": 80}
    assert picture_digest(row(small, whole)) == WHOLE
    assert picture_digest(row(small)) == SOURCE
    assert picture_digest(row()) == SOURCE
    assert picture_digest({**row(), "renditions": None}) == SOURCE
    assert set(PICTURE_COLUMNS) == set(row())
