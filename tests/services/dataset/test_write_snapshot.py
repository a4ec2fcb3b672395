import io
import os
from pathlib import Path
from typing import Any

from PIL import Image

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from bakehouse.manifest.pictures import picture_digest
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import load, put_listing, table
from tests.services.dataset.pictures import RED, odd_folder, png, portrait


def spec_of(listing: Digest, **options: Any) -> dict[str, Any]:
    entry = {
        "id": "odd",
        "listing": listing,
        "resolution": 64,
        "caption_strategy": "textfile",
        "crop_style": "center",
        "cache_dir_vae": "/somewhere",
        **options,
    }
    return {"entries": [entry], "alignment": 16}


def opened(blobs: Blobs, row: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(blobs.get(picture_digest(row)))).convert("RGB")


def is_near(found: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= 3 for one, other in zip(found, colour, strict=True))


async def test_odd_pictures_become_a_snapshot_once(dataset: ServiceKitchen) -> None:
    files, blobs = dict(odd_folder()), dataset.blobs
    async with dataset.open_for_business():
        record = await dataset.bake("snapshot", spec_of(put_listing(blobs, files)))
        assert record.state is JobState.SUCCEEDED, record.error
        result: Any = record.result
        check_first_snapshot(blobs, result)
        assert record.num_items == 13

        again = await dataset.bake("snapshot", spec_of(put_listing(blobs, files)))
        assert (again.num_items, again.num_hits, again.result) == (0, 13, result)

        files["b/renamed.png"] = files.pop("a/plain.png")
        files["b/renamed.txt"] = files.pop("a/plain.txt")
        renamed = await dataset.bake("snapshot", spec_of(put_listing(blobs, files)))
        assert (renamed.num_items, renamed.num_hits) == (0, 13)

        files["added.png"] = png(160, 80)
        added: Any = await dataset.bake("snapshot", spec_of(put_listing(blobs, files)))
        assert (added.num_items, added.num_hits) == (1, 13)
        assert added.result["counts"]["kept"] == result["counts"]["kept"] + 1


def check_first_snapshot(blobs: Blobs, result: Any) -> None:
    assert result["counts"] == {
        "captions": 3,
        "excluded.too_thin": 1,
        "failed.broken": 1,
        "failed.not_an_image": 1,
        "failed.odd_pixels": 1,
        "kept": 9,
        "uncaptioned": 7,
    }
    assert {found["reason"]: found["entry"] for found in result["set_aside"]} == dict.fromkeys(
        ("excluded.too_thin", "failed.broken", "failed.not_an_image", "failed.odd_pixels"), "odd"
    )
    assert [found["option"] for found in result["replaced"]] == ["cache_dir_vae"]
    assert result["entries"] == {"odd": {"repeats": 0, "prior": False}}
    samples = {row["name"]: row for row in table(blobs, result, "samples")}
    kept = {name: row for name, row in samples.items() if row["state"] == "kept"}
    for row in kept.values():
        assert opened(blobs, row).size == (row["width"], row["height"])
    turned = samples["a/turned.jpg"]
    assert (turned["width"], turned["height"], turned["format"]) == (80, 120, "JPEG")
    assert is_near(opened(blobs, turned).getpixel((40, 10)), RED)
    assert is_near(opened(blobs, samples["see_through.png"]).getpixel((5, 5)), (255, 255, 255))
    assert is_near(opened(blobs, samples["animated.gif"]).getpixel((5, 5)), RED)
    assert is_near(opened(blobs, samples["cmyk.jpg"]).getpixel((5, 5)), RED)
    assert samples["a/plain.png"]["renditions"] == []
    assert samples["truncated.png"]["detail"] == "the file is cut off; get it anew"
    captions = {(row["variant"], row["text"]) for row in table(blobs, result, "captions")}
    assert captions == {(0, "a red half"), (1, "a blue half"), (0, "plain")}
    buckets = table(blobs, result, "buckets")
    assert {row["sample_id"] for row in buckets} == {row["sample_id"] for row in kept.values()}
    assert all(row["bucket_width"] % 16 == row["bucket_height"] % 16 == 0 for row in buckets)
    assert sum(result["buckets"].values()) == len(buckets)
    assert set(load(blobs, result).tables) == {"samples", "buckets", "captions"}


async def test_a_server_folder_is_listed_and_its_snapshot_taken(
    dataset: ServiceKitchen, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures" / "cats"
    for name, data in {"b.png": png(), "a/c.png": png(80, 64), "a/c.txt": b"a cat", "skip.md": b"no"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (tmp_path / "secret.png").write_bytes(png(70, 70))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    async with dataset.open_for_business():
        listed: Any = await dataset.bake("list", {"path": str(folder)})
        assert listed.result["counts"] == {"listed": 3, "unreadable": 0}
        (folder / "b.png").write_bytes(png(90, 90))
        os.utime(folder / "b.png", ns=(1, 1))
        changed: Any = await dataset.bake("list", {"path": str(folder)})
        assert changed.result["listing"] != listed.result["listing"]
        snapshot: Any = await dataset.bake("snapshot", spec_of(changed.result["listing"]))
        assert (snapshot.result["counts"]["kept"], snapshot.result["counts"]["captions"]) == (2, 1)
        refused = await dataset.bake("list", {"path": str(tmp_path)})
        assert refused.state is JobState.FAILED
        assert "BAKEHOUSE_SOURCE_ROOTS" in str(refused.error)


async def test_what_has_no_usable_picture_is_refused_with_the_remedy(dataset: ServiceKitchen) -> None:
    async with dataset.open_for_business():
        empty = await dataset.bake("snapshot", spec_of(put_listing(dataset.blobs, {"a.txt": b"a"})))
        assert "dataset odd: no pictures in its folder" in str(empty.error)
        small = put_listing(dataset.blobs, {"a.png": png(20, 20), "b.png": b"text"})
        refused = await dataset.bake("snapshot", spec_of(small, minimum_image_size=64))
        assert refused.error is not None
        assert refused.error.message.startswith(
            "dataset odd: none of its pictures can be used: 1 too small (a.png: 20x20 px is less than the "
            "area of 64x64 px); 1 not an image (b.png: "
        )
        assert refused.error.message.endswith("; lower minimum_image_size, or add larger ones")
        unknown = await dataset.bake("snapshot", spec_of(small, resolutoin=64))
        assert "did you mean resolution?" in str(unknown.error)


async def test_a_face_is_cut_out_and_where_there_is_none_it_is_told(dataset: ServiceKitchen) -> None:
    face = portrait(600, 200, at=(380, 10), edge=180, kind="JPEG")
    listing = put_listing(dataset.blobs, {"a.jpg": face, "b.png": png(300, 100)})
    options = {"crop": True, "crop_style": "face"}
    async with dataset.open_for_business():
        found: Any = await dataset.bake("snapshot", spec_of(listing, **options))
        assert found.state is JobState.SUCCEEDED, found.error
        plain = await dataset.bake("snapshot", spec_of(listing))
        again = await dataset.bake("snapshot", spec_of(listing, **options))
    assert (found.num_items, plain.num_items, again.num_items) == (2, 2, 0)
    assert again.result == found.result
    assert found.result["counts"]["no_face"] == 1
    ids = {row["sample_id"]: row["name"] for row in table(dataset.blobs, found.result, "samples")}
    cuts = {ids[row["sample_id"]]: row for row in table(dataset.blobs, found.result, "buckets")}
    assert (cuts["a.jpg"]["crop_by"], cuts["b.png"]["crop_by"]) == ("face", "random_no_face")
    assert 110 <= cuts["a.jpg"]["crop_x"] <= 128  # the face's middle is at 470 of 600 px, 150 of 192 here
