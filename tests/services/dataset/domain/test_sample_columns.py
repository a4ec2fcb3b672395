import numpy as np
import pyarrow as pa

from bakehouse.digest import digest_bytes
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.schema import TABLES
from services.dataset.domain.probe import NoPicture, Picture
from services.dataset.domain.sample_columns import CaptionRow, caption_columns, moved, picture_columns

PLAIN = Picture(format="PNG", media_type="image/png", width=9, height=8, rendition=None)
RENDERED = Picture(format="GIF", media_type="image/gif", width=7, height=6, rendition=digest_bytes(b"up"))
IDS = [sample_id("cats", "a"), sample_id("cats", "b")]


def test_columns_have_the_types_of_their_table() -> None:
    columns = picture_columns([PLAIN, None, RENDERED, NoPicture(reason="broken", detail="")])
    known = TABLES["samples"].columns
    assert {name for name, column in columns.items() if name in known and column.type != known[name]} == set()
    assert columns["width"].to_pylist() == [9, None, 7, None]
    assert columns["renditions"].to_pylist() == [
        [],
        [],
        [{"digest": digest_bytes(b"up"), "height": 6, "width": 7}],
        [],
    ]
    assert len(picture_columns([])["renditions"]) == 0


def test_captions_name_their_samples() -> None:
    rows = [
        CaptionRow(at=1, variant=0, text="one", source="textfile"),
        CaptionRow(at=0, variant=2, text=None, source="textfile", reason="not_utf8"),
    ]
    columns = caption_columns(IDS, rows)
    assert columns["sample_id"].to_pylist() == [IDS[1], IDS[0]]
    assert columns["state"].to_pylist() == ["kept", "failed"]
    later = moved(pa.RecordBatch.from_pydict(dict(columns)), 10)
    assert np.asarray(later["at"]).tolist() == [11, 10]
    assert later.schema.names == [*columns]
