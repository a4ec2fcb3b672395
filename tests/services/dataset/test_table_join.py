import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.dataset_config.entry_fields import ParquetBlock
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.record import JobState
from services.dataset.adapters.tables import FileTables
from services.dataset.domain.rules import Size
from services.dataset.domain.table_columns import TableRow, joined_columns
from services.dataset.table_join import JoinCounts, join_table
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import table
from tests.services.dataset.pictures import png
from tests.services.dataset.web_server import file, web_server

BLOCK = ParquetBlock(caption_column=("cogvlm_caption",), fallback_caption_column="tags")


def parquet(columns: Mapping[str, object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), sink)
    return sink.getvalue()


PHOTOS = parquet(
    {
        "id": [7, 8, 9, 7, None],
        "cogvlm_caption": [["a cat", "a pet"], [""], None, ["a cat", "a mat"], ["nobody"]],
        "tags": ["cat", "dog", "bird, sky", "cat", ""],
        "width": ["640", None, "300", "641", "1"],
        "height": [480, 480, 200, 481, 1],
    }
)


def test_rows_are_found_by_the_names_of_files(blobs: Blobs, tmp_path: Path) -> None:
    columns = joined_columns(BLOCK, captions=True, sizes=True)
    with join_table(FileTables(), blobs, blobs.put(PHOTOS), columns, tmp_path) as join:
        assert join.find("8.png") == TableRow(name="8", captions=("dog",))
        assert join.find("deep/folder/9.jpg") == TableRow(
            name="9", captions=("bird, sky",), size=Size(width=300, height=200)
        )
        assert join.find("10.png") is None
        assert join.counts == JoinCounts(named=4, nameless=1, broken=0)


def test_rows_of_one_name_count_together(blobs: Blobs, tmp_path: Path) -> None:
    columns = joined_columns(BLOCK, captions=True, sizes=True)
    with join_table(FileTables(), blobs, blobs.put(PHOTOS), columns, tmp_path) as join:
        assert join.find("7.webp") == TableRow(
            name="7", captions=("a cat", "a pet", "a mat"), size=Size(width=641, height=481)
        )


def test_sizes_are_found_many_at_once(blobs: Blobs, tmp_path: Path) -> None:
    names = ["7.png", "8.png", "a/9.jpg", "10.png", "9.webp"]
    for captions in (True, False):
        columns = joined_columns(BLOCK, captions=captions, sizes=True)
        with join_table(FileTables(), blobs, blobs.put(PHOTOS), columns, tmp_path) as join:
            assert join.sizes(names) == [row.size if row else None for row in map(join.find, names)]
            assert join.sizes(names)[0] == Size(width=641, height=481)
            assert join.sizes([]) == []


def test_the_last_size_that_there_is_counts(blobs: Blobs, tmp_path: Path) -> None:
    table = blobs.put(b"id,width,height\na,10,20\na,30,40\na,,\n")
    columns = joined_columns(ParquetBlock(), captions=False, sizes=True)
    with join_table(FileTables(), blobs, table, columns, tmp_path) as join:
        assert join.sizes(["a.png"]) == [Size(width=30, height=40)]


def test_names_with_their_suffix(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"file,caption\na.png,one\na.jpg,two\n")
    block = ParquetBlock(filename_column="file", identifier_includes_extension=True)
    columns = joined_columns(block, captions=True, sizes=False)
    with join_table(FileTables(), blobs, digest, columns, tmp_path) as join:
        found = [join.find(name) for name in ("a.png", "x/a.jpg", "a.webp")]
    assert [row.captions if row else None for row in found] == [("one",), ("two",), None]


def test_broken_rows_are_counted(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"id,caption\n1,one, or two\n2,fine\n")
    columns = joined_columns(ParquetBlock(), captions=True, sizes=False)
    with join_table(FileTables(), blobs, digest, columns, tmp_path) as join:
        assert join.counts == JoinCounts(named=1, nameless=0, broken=1)


@pytest.mark.parametrize(
    ("table", "told"),
    [(b"key,caption\n1,x\n", "no column 'id'; it has key, caption"), (b"id,caption\n,x\n", "names no file")],
)
def test_a_table_that_can_not_be_joined_says_why(
    blobs: Blobs, tmp_path: Path, table: bytes, told: str
) -> None:
    columns = joined_columns(ParquetBlock(), captions=True, sizes=False)
    join = join_table(FileTables(), blobs, blobs.put(table), columns, tmp_path)
    with pytest.raises(InvalidInputError, match=told), join:
        pass


def test_many_rows(blobs: Blobs, tmp_path: Path) -> None:
    ids = list(range(50_000))
    digest = blobs.put(parquet({"id": ids, "caption": [f"picture {number}" for number in ids]}))
    columns = joined_columns(ParquetBlock(), captions=True, sizes=False)
    with join_table(FileTables(), blobs, digest, columns, tmp_path) as join:
        found = [join.find(f"{number}.png") for number in range(0, 60_000, 1000)]
    assert [row.captions for row in found if row] == [(f"picture {n}",) for n in range(0, 50_000, 1000)]
    assert found[-1] is None


async def test_the_photo_concept_bucket(dataset: ServiceKitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    """SimpleTuner's example: its table names where pictures are, then is joined to what was fetched."""
    monkeypatch.setenv("BAKEHOUSE_FETCH_ALLOW", "127.0.0.1")
    blobs = dataset.blobs
    with web_server() as server:
        server.replies |= {"/7.jpeg": file(png(96)), "/8": file(png(100)), "/9": file(png(20))}
        photos = blobs.put(
            parquet(
                {
                    "id": [7, 8, 9, 10],
                    "url": [server.url(path) for path in ("/7.jpeg", "/8", "/9", "/gone")],
                    "cogvlm_caption": [["a cat", "a pet"], [""], None, ["gone"]],
                    "tags": ["cat", "dog, mat", "bird", ""],
                    "width": ["96", "x", "20", "5"],
                    "height": [96, 96, 333, 5],
                }
            )
        )
        source = {"type": "csv", "table": photos, "format": "parquet", "filename_column": "id"}
        async with dataset.open_for_business():
            ingested: Any = await dataset.bake("ingest", {"sources": {"photos": source}})
            assert ingested.state is JobState.SUCCEEDED, ingested.error
            entry = {
                "id": "photos",
                "listing": ingested.result["listings"]["photos"],
                "table": photos,
                "duplicates": {"near": "off"},
                "crop": True,
                "crop_aspect": "square",
                "crop_style": "center",
                "resolution": "0.01",
                "minimum_image_size": "0.005",
                "maximum_image_size": "0.02",
                "target_downsample_size": "0.015",
                "resolution_type": "area",
                "caption_strategy": "parquet",
                "metadata_backend": "parquet",
                "parquet": {
                    "caption_column": "cogvlm_caption",
                    "fallback_caption_column": "tags",
                    "filename_column": "id",
                    "width_column": "width",
                    "height_column": "height",
                },
            }
            record: Any = await dataset.bake("snapshot", {"entries": [entry], "alignment": 16})
    assert record.state is JobState.SUCCEEDED, record.error
    assert record.result["counts"] == {
        "captions": 3,
        "excluded.too_small": 1,
        "failed.dead_url": 1,
        "kept": 2,
        "size_differs": 1,
    }
    names = {row["sample_id"]: row["name"] for row in table(blobs, record.result, "samples")}
    said = {(names[row["sample_id"]], row["text"]) for row in table(blobs, record.result, "captions")}
    assert said == {("7.jpeg", "a cat"), ("7.jpeg", "a pet"), ("8.png", "dog, mat")}
