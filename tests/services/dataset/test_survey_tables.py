import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.record import JobState
from bakehouse.jobs.stage import FinaliseRequest
from services.dataset.adapters.tables import FileTables
from services.dataset.survey_tables import declares_sizes, write_survey
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import put_listing
from tests.services.dataset.pictures import png

RULES = {"resolution": "1.0", "resolution_type": "area", "minimum_image_size": "0.5"}


def survey(blobs: Blobs, scratch: Path, *entries: Mapping[str, Any]) -> Any:
    spec: Any = {"entries": [{"id": f"e{n}", **RULES, **entry} for n, entry in enumerate(entries)]}
    request = FinaliseRequest(
        kind="dataset.survey",
        spec=spec,
        inputs={},
        blobs=blobs,
        plan=None,  # type: ignore[arg-type]  # a survey has no units
        results=iter(()),
        scratch=scratch,
    )
    return write_survey(request, FileTables())


def urls(table: Digest, **options: Any) -> dict[str, Any]:
    return {"source": {"type": "csv", "table": table, **options}}


def joined(table: Digest, listing: Digest) -> dict[str, Any]:
    return {
        "listing": listing,
        "table": table,
        "metadata_backend": "parquet",
        "parquet": {"filename_column": "id"},
    }


def test_a_table_of_urls_is_surveyed_without_fetching_one(blobs: Blobs, tmp_path: Path) -> None:
    table = blobs.put(
        b"url,width,height\nhttps://a.example/1,1024,1024\nhttps://a.example/2,64,64\n,1024,1024\n"
        b"https://a.example/3,,\nhttps://a.example/4,2048,1024\nx,y,z,too many\n"
    )
    assert survey(blobs, tmp_path, urls(table)) == {
        "buckets": {"1024x1024": 1, "1472x704": 1},
        "counts": {
            "excluded.too_small": 1,
            "failed.broken_row": 1,
            "failed.no_url": 1,
            "kept": 2,
            "unknown_size": 1,
        },
        "entries": {
            "e0": {
                "buckets": {"1024x1024": 1, "1472x704": 1},
                "counts": {
                    "excluded.too_small": 1,
                    "failed.broken_row": 1,
                    "failed.no_url": 1,
                    "kept": 2,
                    "unknown_size": 1,
                },
            }
        },
    }


def test_what_is_made_smaller_has_its_smaller_size(blobs: Blobs, tmp_path: Path) -> None:
    table = blobs.put(b"url,width,height\nhttps://a.example/1,4000,2000\n")
    assert survey(blobs, tmp_path, urls(table, resize=256))["counts"] == {"excluded.too_small": 1}


def test_a_listing_is_surveyed_by_its_table(blobs: Blobs, tmp_path: Path) -> None:
    listing = put_listing(blobs, {f"{n}.png": b"not opened %d" % n for n in range(4)})
    table = blobs.put(b"id,width,height\n0,1024,1024\n1,64,64\n2,wide,\n9,1024,1024\n")
    found = survey(blobs, tmp_path, joined(table, listing))
    assert found["counts"] == {"excluded.too_small": 1, "kept": 1, "unknown_size": 2}


def test_shapes_that_are_drawn_are_those_that_a_snapshot_draws(blobs: Blobs, tmp_path: Path) -> None:
    shapes = {"crop": True, "crop_aspect": "random", "crop_aspect_buckets": ["1.0", "0.75", "1.5"]}
    names = [f"{n}.png" for n in range(60)]
    listing = put_listing(blobs, {name: name.encode() for name in names})
    by_name = blobs.put(("id,width,height\n" + "".join(f"{n},1500,1500\n" for n in names)).encode())
    by_url = blobs.put(
        ("url,id,width,height\n" + "".join(f"https://a.example/{n},{n},1500,1500\n" for n in names)).encode()
    )
    first = survey(blobs, tmp_path, {**joined(by_name, listing), **shapes})
    second = survey(blobs, tmp_path, {**urls(by_url, filename_column="id"), **shapes})
    assert first == second
    assert len(first["buckets"]) == 3


def test_what_declares_no_sizes_is_left_out(blobs: Blobs, tmp_path: Path) -> None:
    table = blobs.put(b"url,caption\nhttps://a.example/1,a cat\n")
    plain = {"listing": digest_bytes(b"")}
    assert survey(blobs, tmp_path, urls(table), plain) == {"buckets": {}, "counts": {}, "entries": {}}
    assert not declares_sizes(plain)


def test_a_table_that_lacks_a_column_is_named_with_its_dataset(blobs: Blobs, tmp_path: Path) -> None:
    table = blobs.put(b"url,w,h\nhttps://a.example/1,1,1\n")
    with pytest.raises(InvalidInputError, match=r"dataset e0: .*no column 'wide'; it has url, w, h"):
        survey(blobs, tmp_path, urls(table, width_column="wide", height_column="h"))


async def test_a_survey_is_a_job_without_units(dataset: ServiceKitchen) -> None:
    listing = put_listing(dataset.blobs, {"1.png": png()})
    table = dataset.blobs.put(b"id,width,height\n1,1024,1024\n")
    spec: Any = {"entries": [{"id": "cats", **RULES, **joined(table, listing)}]}
    async with dataset.supervising():
        record: Any = await dataset.bake("survey", spec)
    assert record.state is JobState.SUCCEEDED, record.error
    assert record.result["entries"]["cats"]["buckets"] == {"1024x1024": 1}


@pytest.mark.scale
def test_a_million_rows_are_flat_in_memory(blobs: Blobs, tmp_path: Path) -> None:
    num = 1_000_000
    sides = np.random.default_rng(0).integers(300, 6000, (2, num))
    columns = {
        "id": np.arange(num),
        "url": [f"https://images.example/photos/{n}/photo-{n}.jpeg" for n in range(num)],
        "caption": [
            f"a photograph of number {n}, seen from above in the light of the evening" for n in range(num)
        ],
        "width": sides[0].astype(str),
        "height": sides[1],
    }
    path = tmp_path / "photos.parquet"
    pq.write_table(pa.table(columns), path)
    del columns
    table = blobs.put_file(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = survey(blobs, tmp_path, urls(table, filename_column="id"))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sum(found["counts"].values()) == num
    assert grown < 256 << 10
