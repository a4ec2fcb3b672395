from pathlib import Path

from PIL import Image

from services.dataset.adapters.pixels import PillowPixels, digest_of


def test_the_same_pixels_have_one_digest_in_any_format(tmp_path: Path) -> None:
    image = Image.effect_noise((40, 30), 80).convert("RGB")
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.bmp")
    image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "c.png")
    image.resize((30, 40)).save(tmp_path / "d.png")
    (tmp_path / "e.png").write_bytes(b"none")
    paths = [tmp_path / name for name in ("a.png", "b.bmp", "c.png", "d.png", "e.png", "gone.png")]
    one, same, turned, other, broken, gone = PillowPixels().digests(paths)
    assert one == same == digest_of(tmp_path / "a.png")
    assert len({one, turned, other}) == 3
    assert (broken, gone) == (None, None)


def test_rows_of_one_length_are_not_taken_for_columns(tmp_path: Path) -> None:
    Image.new("RGB", (2, 8)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 2)).save(tmp_path / "b.png")
    tall, wide = PillowPixels().digests([tmp_path / "a.png", tmp_path / "b.png"])
    assert tall != wide


def test_what_comes_behind_a_file_that_is_no_picture_is_read(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = PillowPixels().digests([tmp_path / "b.png", tmp_path / "a.png"])
    assert found == [None, digest_of(tmp_path / "a.png")]
    assert PillowPixels().digests([]) == []
