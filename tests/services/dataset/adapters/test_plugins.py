import pytest
from PIL import Image

from bakehouse.manifest.file_names import belongs
from services.dataset.adapters.plugins import FORMATS, HEIF, JXL, OF_MANY, READ_BY_ALL, formats_of, psd_bits
from tests.services.dataset.pictures import picture_of, png, two_halves


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", FORMATS),
        (b"\xff\x0a\0", (JXL,)),
        (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", (JXL,)),
        (b"\0\0\0\x18ftypheic", ("AVIF", HEIF)),
        (b"\0\0\0\x18ftypavif", FORMATS),
    ],
)
def test_the_first_bytes_tell_which_plugin_is_needed(head: bytes, expected: tuple[str, ...]) -> None:
    assert formats_of(head) == expected


@pytest.mark.parametrize("kind", [*FORMATS, HEIF, JXL])
def test_every_format_can_be_read_by_pillow(kind: str) -> None:
    data = picture_of(kind, two_halves(70, 64))
    assert kind in formats_of(data)
    assert kind in Image.OPEN
    suffixes = {suffix for suffix, name in Image.registered_extensions().items() if name == kind}
    assert any(belongs(f"a{suffix}") for suffix in suffixes)


def test_the_bits_of_a_psd_are_in_its_header() -> None:
    assert psd_bits(picture_of("PSD", two_halves(8, 8))) == 8
    assert psd_bits(b"8BPS\0\x01" + bytes(16) + b"\0\x20") == 32
    assert psd_bits(png()) is None


def test_the_sets_name_formats() -> None:
    assert {*FORMATS} >= READ_BY_ALL
    assert {*FORMATS, HEIF} >= OF_MANY
    assert formats_of(png()) == FORMATS
