"""Finding the sample that a person means, and drawing it, with a real gateway."""

from pathlib import Path

import pytest

from bakehouse.client.explaining import captions_now, cut_box, draw_story, find_sample
from bakehouse.client.snapshot_values import StageRows
from bakehouse.errors import InvalidInputError, NotFoundError, StateError
from tests.bakehouse.client.sightings import crop, sample, story
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

SHOTS = (
    Shot(name="in/a.png", data=b"some bytes"),
    Shot(name="b.png"),
    Shot(name="b.png", entry="dogs"),
    Shot(name="small.png", reason="too_small"),
)


def test_a_sample_is_found_by_file_name_and_id(stock: Stock, tmp_path: Path) -> None:
    name = stock.put(*SHOTS).name
    (tmp_path / "elsewhere.png").write_bytes(b"some bytes")
    own = SHOTS[0].sample_id.hex()
    for image in (str(tmp_path / "elsewhere.png"), "in/a.png", "a.png", "/other/machine/a.png", own, own[:7]):
        assert find_sample(stock.client, name, image).sample_id == own
    assert find_sample(stock.client, name, "b.png", dataset="dogs").dataset == "dogs"
    assert find_sample(stock.client, name, "dogs/b.png").dataset == "dogs"
    assert find_sample(stock.client, name, "cats/in/a.png").sample_id == own
    with pytest.raises(NotFoundError, match="no sample of"):
        find_sample(stock.client, name, "nothing.png")


def test_one_of_several_has_to_be_chosen(stock: Stock) -> None:
    name = stock.put(Shot(name="x/b.png"), Shot(name="y/b.png")).name
    with pytest.raises(InvalidInputError, match="2 samples; choose one by its id"):
        find_sample(stock.client, name, "b.png")


def test_what_is_used_is_drawn(stock: Stock) -> None:
    name = stock.put(*SHOTS).name
    told = stock.client.snapshots.story(name, SHOTS[0].sample_id.hex())
    drawing = draw_story(stock.client, told, project=stock.project)
    assert "data:image/png;base64,c29tZSBieXRlcw==" in drawing
    assert "cats/in/a.png" in drawing
    out = stock.client.snapshots.story(name, SHOTS[3].sample_id.hex())
    with pytest.raises(StateError, match="is not used"):
        draw_story(stock.client, out, project=stock.project)


def test_what_no_browser_shows_is_drawn_by_its_small_picture(stock: Stock) -> None:
    small = stock.blobs.put(b"jpeg")
    tiff = {"media_type": "image/tiff", "thumbnail": small}
    name = stock.put(
        Shot(name="a.tif", columns=tiff), Shot(name="b.tif", columns={**tiff, "thumbnail": None})
    ).name
    told = [stock.client.snapshots.story(name, s.sample_id) for s in stock.client.snapshots.samples(name)]
    by_name = {one.sample.file: one for one in told}
    assert "data:image/jpeg;base64" in draw_story(stock.client, by_name["a.tif"], project=stock.project)
    with pytest.raises(StateError, match="no browser shows image/tiff"):
        draw_story(stock.client, by_name["b.tif"], project=stock.project)


def test_the_box_is_in_pixels_of_the_picture() -> None:
    box = cut_box(
        sample(width=200, height=100), crop(resize_width=100, resize_height=50, x=18, width=64, height=50)
    )
    assert (box.left, box.top, box.width, box.height) == (36, 0, 128, 100)


def test_the_last_captions_count() -> None:
    assert captions_now(story()) == ("a cat",)
    rows = ({"text": "by a tagger"},)
    told = StageRows(stage="captions", manifest=sample().digest or "", table="captions", rows=rows)  # type: ignore[arg-type]  # it has one
    assert captions_now(story(stages=(told,))) == ("by a tagger",)
