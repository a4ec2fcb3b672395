from services.dataset.domain.decoding import DECODE_SPEC
from services.dataset.domain.pixel_rules import LOOKS_REVISION, SHARPNESS_EDGE, THUMBNAIL_EDGE


def test_what_is_measured_of_a_picture_is_part_of_its_key() -> None:
    told = (DECODE_SPEC["looks"], DECODE_SPEC["sharpness_edge"], DECODE_SPEC["thumbnail_edge"])
    assert told == (LOOKS_REVISION, SHARPNESS_EDGE, THUMBNAIL_EDGE)
