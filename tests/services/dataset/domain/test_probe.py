import pytest

from bakehouse.cache.revisions import golden_problem
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from services.dataset.domain.probe import (
    DECODE_SPEC,
    FACES_SPEC,
    PROBE_REVISION,
    Face,
    NoPicture,
    Picture,
    Probe,
    Wanted,
    decode_probe,
    encode_probe,
    parse_wanted,
    probe_inputs,
)

GOLDENS = {1: "8346945f8d24f4e1d8a1b6e5bcec99684370ba7c231d610dbd709a2e1259f6e0"}
PROBES: list[Probe] = [
    Picture(format="PNG", media_type="image/png", width=3, height=4, rendition=None),
    Picture(format="JPEG", media_type="image/jpeg", width=3, height=4, rendition=digest_bytes(b"upright")),
    NoPicture(reason="broken", detail="the file is cut off"),
]


SEEN = Picture(
    format="PNG",
    media_type="image/png",
    width=30,
    height=40,
    rendition=None,
    face=Face(x=1, y=2, width=9, height=8),
)


@pytest.mark.parametrize("probe", [*PROBES, SEEN])
def test_a_probe_is_read_as_it_was_written(probe: Probe) -> None:
    assert decode_probe(encode_probe(probe)) == probe


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"rendition": "12"}', encode_probe(SEEN).replace(b"[1,2,9,8]", b"[1,2]")],
)
def test_what_is_no_probe_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptionError):
        decode_probe(data)


def test_the_revision_follows_what_is_remembered() -> None:
    text = b"".join(map(encode_probe, PROBES)) + canonical_bytes(DECODE_SPEC)
    assert golden_problem(PROBE_REVISION, text, GOLDENS) is None


def test_a_face_has_a_middle() -> None:
    assert Face(x=1, y=2, width=9, height=8).middle == (5.5, 6.0)


@pytest.mark.parametrize("with_face", [True, False])
def test_an_item_names_what_is_wanted(with_face: bool) -> None:
    wanted = Wanted(digest=digest_bytes(b"up"), with_face=with_face)
    assert parse_wanted(wanted.item) == wanted
    assert (wanted.item == wanted.digest) == (not with_face)


def test_a_probe_with_a_face_depends_on_how_it_is_found() -> None:
    assert probe_inputs(with_face=False) == {"decode": DECODE_SPEC}
    assert probe_inputs(with_face=True) == {"decode": DECODE_SPEC, "faces": FACES_SPEC.to_json()}
