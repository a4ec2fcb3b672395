import pytest

from bakehouse.cache.revisions import golden_problem
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from services.dataset.domain.decoding import PLAIN, Decoding
from services.dataset.domain.pixel_rules import Box
from services.dataset.domain.probe import (
    FACES_SPEC,
    PROBE_REVISION,
    Face,
    NoPicture,
    Picture,
    Probed,
    Trimmed,
    Wanted,
    decode_probe,
    encode_probe,
    parse_wanted,
    probe_inputs,
)

GOLDENS = {
    1: "8346945f8d24f4e1d8a1b6e5bcec99684370ba7c231d610dbd709a2e1259f6e0",
    2: "2a91fa68e9e178525e6561df9a5587039e54b7244d79d2c0761cbcedd3591688",
}
PLAIN_PICTURE = Picture(format="PNG", media_type="image/png", width=3, height=4, rendition=None)
BROKEN = NoPicture(reason="broken", detail="the file is cut off", part=2)
FRAMES = tuple(
    Picture(
        format="GIF",
        media_type="image/gif",
        width=30,
        height=40,
        rendition=digest_bytes(b"upright"),
        face=Face(x=1, y=2, width=9, height=8),
        part=part,
        trimmed=Trimmed(box=Box(x=5, y=6, width=30, height=40), width=50, height=60),
        mask=digest_bytes(b"mask"),
        thumbnail=digest_bytes(b"small"),
        phash="0123456789abcdef",
        dhash="f" * 16,
        sharpness=12.345,
    )
    for part in (0, 1)
)
PROBED: list[Probed] = [(PLAIN_PICTURE,), FRAMES, (*FRAMES, BROKEN)]
DECODINGS = [
    PLAIN,
    Decoding(background="#102030", with_mask=True, frames=None, fuzz=7.5, with_face=True),
    Decoding(frames=4),
    Decoding(fuzz=8.0),
]


@pytest.mark.parametrize("probed", PROBED)
def test_a_probe_is_read_as_it_was_written(probed: Probed) -> None:
    assert decode_probe(encode_probe(probed)) == probed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"reason": "broken"}',
        b'[{"rendition": "12"}]',
        encode_probe(FRAMES).replace(b"[1,2,9,8]", b"[1,2]"),
        encode_probe(FRAMES).replace(b"[5,6,30,40,50,60]", b"[5]"),
    ],
)
def test_what_is_no_probe_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptionError):
        decode_probe(data)


def test_the_revision_follows_what_is_remembered() -> None:
    text = b"".join(map(encode_probe, PROBED)) + canonical_bytes(PLAIN.to_json())
    assert golden_problem(PROBE_REVISION, text, GOLDENS) is None


def test_a_picture_names_what_was_stored_of_it() -> None:
    assert PLAIN_PICTURE.blobs == []
    assert FRAMES[0].blobs == [digest_bytes(data) for data in (b"upright", b"mask", b"small")]


def test_a_face_has_a_middle() -> None:
    assert Face(x=1, y=2, width=9, height=8).middle == (5.5, 6.0)


@pytest.mark.parametrize("decoding", DECODINGS)
def test_an_item_names_what_is_wanted(decoding: Decoding) -> None:
    wanted = Wanted(digest=digest_bytes(b"up"), decoding=decoding)
    assert parse_wanted(wanted.item) == wanted
    assert (wanted.item == wanted.digest) == (decoding == PLAIN)


def test_a_probe_depends_on_how_it_is_decoded_and_how_a_face_is_found() -> None:
    assert probe_inputs(PLAIN) == {"decode": PLAIN.to_json()}
    with_face = Decoding(with_face=True)
    assert probe_inputs(with_face) == {"decode": PLAIN.to_json(), "faces": FACES_SPEC.to_json()}
    assert len({canonical_bytes(probe_inputs(one)) for one in DECODINGS}) == len(DECODINGS)
