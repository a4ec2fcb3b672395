import pytest
from PIL import Image

from services.dataset.domain.sniffing import HEAD_BYTES, other_kind, picture_kind
from tests.services.dataset.pictures import saved, two_halves


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PNG", "PNG"),
        ("JPEG", "JPEG"),
        ("GIF", "GIF"),
        ("WEBP", "WebP"),
        ("BMP", "BMP"),
        ("TIFF", "TIFF"),
        ("AVIF", "AVIF or HEIC"),
        ("PPM", "PPM"),
        ("TGA", "TGA"),
        ("JPEG2000", "JPEG 2000"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(kind: str, name: str) -> None:
    image: Image.Image = two_halves(40, 30)
    assert picture_kind(saved(image, kind)[:HEAD_BYTES]) == name


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"\n<!DOCTYPE HTML><html>", "a web page"),
        (b"<!-- hi --><html lang=en>", "a web page"),
        (b"<svg xmlns=''>", "an XML text"),
        (b'{"error": "gone"}', "a JSON text"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04zip", "a ZIP archive"),
        (b"\x00\x00\x00\x18ftypmp42", "a video"),
        (b"Not found", "a text"),
        (b"", "nothing"),
        (bytes(40), "nothing but zeros"),
        (b"\x01\x02\x03\x04\x05", "no picture that is known"),
    ],
)
def test_what_is_no_picture_is_told_for_what_it_is(head: bytes, told: str) -> None:
    assert picture_kind(head) is None
    assert other_kind(head) == told
