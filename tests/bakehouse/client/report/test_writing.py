"""The report of a snapshot, from a real gateway."""

from pathlib import Path

import pytest

from bakehouse.client.report.writing import MOST_SHOWN, write_report
from bakehouse.errors import StateError
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot


def test_a_page_tells_of_every_picture(stock: Stock, tmp_path: Path) -> None:
    small = stock.blobs.put(b"small")
    shots = (
        Shot(name="a.png", columns={"thumbnail": small}, captions=("a <cat>",)),
        Shot(name="b.png", data=b"same"),
        Shot(name="c.png", data=b"same"),
        Shot(name="d.png", reason="too_small", columns={"media_type": "image/tiff"}),
    )
    page = tmp_path / "report.html"
    write_report(stock.client, stock.put(*shots).name, page, title="Cats")
    text = page.read_text()
    for word in ("a &lt;cat&gt;", "3 of 4 pictures are used.", "the same file as cats/b.png", "too small"):
        assert word in text
    assert text.count("data:image/jpeg;base64") == 1
    assert text.count("data:image/png;base64") == 2
    with pytest.raises(StateError, match="is there already"):
        write_report(stock.client, stock.put(*shots).name, page, title="Cats")


def test_of_many_pictures_some_are_shown(stock: Stock, tmp_path: Path) -> None:
    shots = [
        Shot(name=f"{number}.tif", data=b"x", columns={"media_type": "image/tiff"})
        for number in range(MOST_SHOWN + 5)
    ]
    name = stock.put(*shots, part_rows=1000).name
    write_report(stock.client, name, tmp_path / "r.html", title="Cats")
    text = (tmp_path / "r.html").read_text()
    assert text.count("<figure>") == MOST_SHOWN
    assert f"at most {MOST_SHOWN} are shown" in text
    assert f"cats: {MOST_SHOWN} of {MOST_SHOWN + 5} pictures" in text
    assert f"<th>64x64</th><td>{MOST_SHOWN + 5}</td>" in text
