from typing import Any

from services.dataset.domain.probe import NoPicture
from services.dataset.domain.sample import TextFile
from services.dataset.domain.tally import Tally
from tests.services.dataset.domain.sampling import found, rows_of


def test_rows_are_counted_by_what_became_of_them() -> None:
    rows = rows_of(
        found("a.jpg", text=TextFile(data=b"one\ntwo")),
        found("b.jpg"),
        found("c.jpg", text=TextFile(data=b"\xff")),
        found("d.jpg", NoPicture(reason="broken", detail="cut off")),
        crop=True,
        crop_style="face",
    )
    tally = Tally()
    assert [*tally.samples([rows.samples])] == [rows.samples]
    assert [*tally.buckets_of([rows.buckets])] == [rows.buckets]
    (captions,) = tally.captions([rows.captions])
    assert captions.num_rows == rows.captions.num_rows
    assert "at" not in captions.schema.names
    assert tally.counts == {
        "captions": 2,
        "captions.failed": 1,
        "failed.broken": 1,
        "kept": 3,
        "no_face": 3,
        "uncaptioned": 2,
    }
    assert (tally.buckets, tally.kept) == ({"64x64": 3}, {"cats": 3})


def test_what_there_is_none_of_is_not_told() -> None:
    tally = Tally()
    nothing: list[Any] = []
    assert [*tally.samples(nothing), *tally.buckets_of(nothing), *tally.captions(nothing)] == []
    assert tally.counts == {}
