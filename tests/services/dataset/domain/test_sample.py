from typing import Any

import pyarrow as pa

from bakehouse.digest import digest_bytes
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.schema import TABLES, conform
from services.dataset.domain.listing import MissingFile
from services.dataset.domain.pixel_rules import Box
from services.dataset.domain.probe import Face, NoPicture, Picture, Probe, Trimmed
from services.dataset.domain.sample import Rows, TextFile
from tests.services.dataset.domain.sampling import PICTURE, found, rows_of

TEXT = TextFile(data=b"a cat\na dog")
BROKEN = NoPicture(reason="broken", detail="cut off")


def only(table: pa.RecordBatch) -> dict[str, Any]:
    (row,) = table.to_pylist()
    return row


def test_a_kept_picture_has_a_row_a_bucket_and_its_captions() -> None:
    rows = rows_of(found("a/b.jpg", text=TEXT), is_regularisation_data=True)
    row, bucket = only(rows.samples), only(rows.buckets)
    assert row["sample_id"] == sample_id("cats", "a/b.jpg")
    assert (row["state"], row["reason"], row["prior"]) == ("kept", None, True)
    assert row["renditions"] == [{"digest": digest_bytes(b"up"), "width": 120, "height": 80}]
    assert (bucket["bucket_width"], bucket["bucket_height"], bucket["draw"]) == (80, 48, 0)
    assert (bucket["crop_by"], bucket["sample_id"]) == ("random", row["sample_id"])
    assert [(c["variant"], c["text"], c["source"], c["at"]) for c in rows.captions.to_pylist()] == [
        (0, "a cat", "textfile", 0),
        (1, "a dog", "textfile", 0),
    ]


def test_what_probing_gave_is_there() -> None:
    probe = Picture(
        format="PNG",
        media_type="image/png",
        width=100,
        height=80,
        rendition=None,
        part=3,
        trimmed=Trimmed(box=Box(x=5, y=6, width=100, height=80), width=120, height=90),
        mask=digest_bytes(b"mask"),
        thumbnail=digest_bytes(b"small"),
        phash="0f" * 8,
        dhash="f0" * 8,
        sharpness=2.5,
    )
    row = only(rows_of(found("a.png", probe)).samples)
    assert row["sample_id"] == sample_id("cats", "a.png", 3)
    assert (row["part"], row["mask"], row["thumbnail"]) == (3, digest_bytes(b"mask"), digest_bytes(b"small"))
    assert (row["phash"], row["dhash"], row["sharpness"], row["renditions"]) == ("0f" * 8, "f0" * 8, 2.5, [])
    assert (row["trim_x"], row["trim_y"], row["source_width"], row["source_height"]) == (5, 6, 120, 90)


def test_what_is_left_out_has_its_reason_and_nothing_else() -> None:
    gone = MissingFile(name="c.jpg", reason="dead_url", detail="404", uri="https://a/c.jpg")
    small = Picture(format="PNG", media_type="image/png", width=16, height=16, rendition=None)
    rows = rows_of(found("a.jpg", BROKEN), found("b.jpg", small), gone, minimum_image_size=32)
    assert [(row["state"], row["reason"], bool(row["detail"])) for row in rows.samples.to_pylist()] == [
        ("failed", "broken", True),
        ("excluded", "too_small", True),
        ("failed", "dead_url", True),
    ]
    assert (rows.buckets.num_rows, rows.captions.num_rows, rows.num_kept) == (0, 0, 0)
    last = rows.samples.to_pylist()[2]
    assert (last["name"], last["uri"], last["digest"], last["renditions"]) == ("c.jpg", gone.uri, None, [])
    assert rows.reasons() == {"failed.broken": 1, "excluded.too_small": 1, "failed.dead_url": 1}


def test_rows_are_those_of_the_tables() -> None:
    rows = rows_of(found("a.jpg", text=TEXT), found("b.jpg", BROKEN))
    for name in ("samples", "buckets", "captions"):
        table: pa.RecordBatch = getattr(rows, name)
        known = {column for column in table.schema.names if column != "at"}
        schema = TABLES[name]
        assert known <= set(schema.columns) | {"prior", "format", "detail"}
        conform(table.select(sorted(known)), table=name, key=schema.key, columns=schema.columns)


def test_a_text_that_can_not_be_read_is_a_failed_caption_of_a_kept_picture() -> None:
    rows = rows_of(
        found("a.jpg", text=TextFile(data=b"caf\xe9")), found("b.jpg", text=TextFile(problem="too_large"))
    )
    assert [(row["state"], row["reason"], row["text"]) for row in rows.captions.to_pylist()] == [
        ("failed", "not_utf8", None),
        ("failed", "too_large", None),
    ]
    assert rows.num_kept == 2


def test_captions_may_be_listed_or_be_the_prompt_alone() -> None:
    listed = rows_of(found("a.jpg", listed=("one", "two")), caption_strategy="csv").captions
    assert [(row["text"], row["source"]) for row in listed.to_pylist()] == [("one", "csv"), ("two", "csv")]
    prompt = rows_of(found("a.jpg", text=TEXT), only_instance_prompt=True, instance_prompt="sks").captions
    assert (only(prompt)["text"], only(prompt)["source"]) == ("sks", "instanceprompt")


def test_the_same_is_said_where_captions_are_equal() -> None:
    rows = rows_of(
        found("a.jpg", text=TEXT), found("b.jpg", text=TextFile(data=b"a cat")), found("c.jpg", text=TEXT)
    )
    first, second, third = rows.said.tolist()
    assert first == third != second


def row_sets(rows: Rows) -> list[list[dict[str, Any]]]:
    own = [rows.samples.to_pylist(), rows.buckets.to_pylist(), rows.captions.to_pylist()]
    return [[{key: value for key, value in row.items() if key != "at"} for row in table] for table in own]


def test_many_are_each_what_they_are_alone() -> None:
    thin = Picture(format="PNG", media_type="image/png", width=9000, height=1, rendition=None)
    probes: list[Probe] = [PICTURE, BROKEN, thin, PICTURE, PICTURE]
    files = [found(f"{number}.jpg", probe, TEXT) for number, probe in enumerate(probes)]
    together = rows_of(*files, seed=3)
    alone = [row_sets(rows_of(file, seed=3)) for file in files]
    assert row_sets(together) == [[row for rows in alone for row in rows[table]] for table in range(3)]
    assert together.captions["at"].to_pylist() == [0, 0, 1, 1, 2, 2]
    states = ["kept", "failed", "excluded", "kept", "kept"]
    assert together.samples["state"].to_pylist() == states
    assert rows_of().samples.num_rows == 0


def test_a_face_decides_where_it_is_cut() -> None:
    face = Face(x=100, y=20, width=20, height=20)
    seen = Picture(format="PNG", media_type="image/png", width=240, height=80, rendition=None, face=face)
    options: dict[str, Any] = {"crop": True, "crop_style": "face"}
    cut = only(rows_of(found("a.png", seen), **options).buckets)
    assert (cut["resize_width"], cut["crop_x"], cut["crop_y"], cut["crop_by"]) == (192, 56, 0, "face")
    assert only(rows_of(found("a.png"), **options).buckets)["crop_by"] == "random_no_face"
