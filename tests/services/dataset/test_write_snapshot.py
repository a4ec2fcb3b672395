import io
import os
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from bakehouse.manifest.pictures import picture_digest
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.animations import Plate, gif
from tests.services.dataset.kitchen import load, put_listing, table
from tests.services.dataset.pictures import GREEN, RED, odd_folder, png, portrait, saved, see_through


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


def noise(seed: int, edge: int = 80) -> bytes:
    """Grey fields as chance has them, the same at every size."""
    fields = random.Random(seed).randbytes(64)
    file = io.BytesIO()
    Image.frombytes("L", (8, 8), fields).resize((edge, edge), Image.Resampling.BICUBIC).convert("RGB").save(
        file, "PNG"
    )
    return file.getvalue()


def saved_anew(data: bytes) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(data)).save(file, "PNG", compress_level=1)
    return file.getvalue()


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
        "duplicates.near": 6,
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
        sources = {"sources": {"odd": {"type": "folder", "path": str(folder)}}}
        listed: Any = await dataset.bake("ingest", sources)
        assert (listed.result["counts"]["found"], listed.result["counts"]["kept"]) == (
            4,
            3,
        )  # link.png is refused
        (folder / "b.png").write_bytes(png(90, 90))
        os.utime(folder / "b.png", ns=(1, 1))
        changed: Any = await dataset.bake("ingest", sources)
        assert changed.result["listings"] != listed.result["listings"]
        snapshot: Any = await dataset.bake("snapshot", spec_of(changed.result["listings"]["odd"]))
        assert (snapshot.result["counts"]["kept"], snapshot.result["counts"]["captions"]) == (2, 1)
        refused = await dataset.bake(
            "ingest", {"sources": {"odd": {"type": "folder", "path": str(tmp_path)}}}
        )
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


def with_captions(**files: bytes) -> dict[str, bytes]:
    """Pictures by name; the text beside each is that of its last letter."""
    texts = {f"{name}.txt": f"a picture {name[-1]}".encode() for name in files}
    return {**{f"{name}.png": data for name, data in files.items()}, **texts}


async def test_duplicates_are_set_aside_in_all_entries_as_they_choose(dataset: ServiceKitchen) -> None:
    same, other = noise(1), noise(2)
    one = put_listing(dataset.blobs, with_captions(a1=same, b1=same, c2=same, d3=other))
    two = put_listing(dataset.blobs, with_captions(e1=same, f3=noise(3)))
    spec = spec_of(one)
    spec["entries"] += [{**spec["entries"][0], "id": "second", "listing": two}]
    prior = {**spec["entries"][1], "id": "prior", "is_regularisation_data": True}
    async with dataset.open_for_business():
        found: Any = await dataset.bake("snapshot", spec)
        assert found.result["counts"] == {
            "captions": 4,
            "duplicates.exact": 1,
            "excluded.exact_duplicate": 2,
            "kept": 4,
        }
        rows = {row["name"]: row for row in table(dataset.blobs, found.result, "samples")}
        assert {name for name, row in rows.items() if row["state"] == "excluded"} == {"b1.png", "e1.png"}
        assert rows["e1.png"]["duplicate_of"] == rows["a1.png"]["sample_id"].hex()
        assert [(told["entry"], told["name"]) for told in found.result["set_aside"]] == [
            ("odd", "b1.png"),
            ("second", "e1.png"),
        ]
        assert "once more" in found.result["set_aside"][0]["detail"]
        assert sum(found.result["buckets"].values()) == 4

        spec["entries"] = [{**spec["entries"][0], "duplicates": {"exact": "keep_all"}}, prior]
        kept: Any = await dataset.bake("snapshot", spec)
        assert kept.result["counts"] == {"captions": 6, "kept": 6}
        assert kept.num_items == 0


async def test_the_same_pixels_in_other_bytes_are_set_aside(dataset: ServiceKitchen) -> None:
    once = noise(1)
    files = {
        "a.png": once,
        "b.png": saved_anew(once),
        "c.png": saved_anew(once),
        "c.txt": b"else",
        "d.png": noise(2),
    }
    listing = put_listing(dataset.blobs, files)
    async with dataset.open_for_business():
        found: Any = await dataset.bake("snapshot", spec_of(listing))
    counts = found.result["counts"]
    assert (counts["kept"], counts["excluded.exact_duplicate"], counts["duplicates.exact"]) == (3, 1, 1)
    (out,) = [row for row in table(dataset.blobs, found.result, "samples") if row["state"] == "excluded"]
    assert out["name"] == "b.png"
    (told,) = found.result["duplicates"]
    assert told == {
        "kind": "exact_duplicate",
        "picture": "c.png of dataset odd",
        "of": "a.png of dataset odd",
    }


async def test_the_best_of_near_ones_is_kept_with_all_captions(dataset: ServiceKitchen) -> None:
    files = {
        "small.png": noise(1, edge=64),
        "small.txt": b"one",
        "large.png": noise(1, edge=96),
        "large.txt": b"two",
    }
    listing = put_listing(dataset.blobs, files)
    async with dataset.open_for_business():
        found: Any = await dataset.bake("snapshot", spec_of(listing, duplicates={"near": "keep_best"}))
    assert found.result["counts"] == {"captions": 2, "excluded.near_duplicate": 1, "kept": 1}
    assert [row["text"] for row in table(dataset.blobs, found.result, "captions")] == ["two", "one"]
    (out,) = [row for row in table(dataset.blobs, found.result, "samples") if row["state"] == "excluded"]
    assert out["name"] == "small.png"


async def test_filters_are_checked_before_anything_is_probed(dataset: ServiceKitchen) -> None:
    listing = put_listing(dataset.blobs, with_captions(a=noise(1)))
    async with dataset.open_for_business():
        wrong = await dataset.bake("snapshot", spec_of(listing, caption_filter_list=["a", "s/(/b/"]))
        assert "dataset odd: caption_filter_list, line 2, 's/(/b/'" in str(wrong.error)
        slow = await dataset.bake(
            "snapshot",
            spec_of(listing, caption_filter_list=["s/a picture a/" + "a" * 900, r"(a*)*(a*)*(a*)*\1b"]),
        )
        assert "line 2" in str(slow.error)
        right: Any = await dataset.bake(
            "snapshot", spec_of(listing, caption_filter_list=["s/picture/photo/"])
        )
    assert [row["text"] for row in table(dataset.blobs, right.result, "captions")] == ["a photo a"]


async def test_frames_borders_and_masks_are_those_that_later_stages_read(dataset: ServiceKitchen) -> None:
    plates = [Plate(colour=1, box=(0, 0, 90, 80), is_opaque=True)]
    plates += [Plate(colour=2, box=(10 * number, 5, 10, 10), disposal=2) for number in range(1, 4)]
    framed = ImageOps.expand(Image.open(io.BytesIO(png(100, 90))), 20, (255, 255, 255))
    files = {
        "anim.gif": gif((90, 80), [(0, 0, 0), RED, GREEN], plates),
        "anim.txt": b"a square that moves",
        "clear.png": see_through(90, 80),
        "framed.png": saved(framed, "PNG"),
    }
    options = {"frames": 2, "trim": "8", "alpha": "mask", "resolution": 64}
    async with dataset.open_for_business():
        job: Any = await dataset.bake("snapshot", spec_of(put_listing(dataset.blobs, files), **options))
        plain: Any = await dataset.bake("snapshot", spec_of(put_listing(dataset.blobs, files)))
    assert job.state is JobState.SUCCEEDED, job.error
    blobs, rows = dataset.blobs, table(dataset.blobs, job.result, "samples")
    by_place = {(row["name"], row["part"]): row for row in rows}
    assert sorted(by_place) == [("anim.gif", 0), ("anim.gif", 3), ("clear.png", 0), ("framed.png", 0)]
    assert len({row["sample_id"] for row in rows}) == len(rows)
    last = by_place["anim.gif", 3]
    assert is_near(opened(blobs, last).getpixel((35, 10)), GREEN)
    assert is_near(opened(blobs, by_place["anim.gif", 0]).getpixel((35, 10)), RED)
    captions = [row["text"] for row in table(blobs, job.result, "captions")]
    assert captions == ["a square that moves"] * 2
    clear = by_place["clear.png", 0]
    mask = Image.open(io.BytesIO(blobs.get(Digest(clear["mask"]))))
    assert (mask.size, mask.getpixel((1, 1)), mask.getpixel((89, 1))) == ((90, 80), 0, 255)
    trimmed = by_place["framed.png", 0]
    assert [trimmed[name] for name in ("width", "height", "trim_x", "trim_y")] == [100, 90, 20, 20]
    assert (trimmed["source_width"], trimmed["source_height"]) == (140, 130)
    assert opened(blobs, trimmed).size == (100, 90)
    assert all(blobs.has(Digest(row["thumbnail"])) and row["phash"] and row["dhash"] for row in rows)
    assert (plain.result["counts"]["kept"], plain.num_items) == (3, 3)  # decoded anew: other choices
