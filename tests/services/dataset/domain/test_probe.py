import pytest

from bakehouse.cache.revisions import golden_problem
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from services.dataset.domain.probe import (
    DECODE_SPEC,
    PROBE_REVISION,
    NoPicture,
    Picture,
    Probe,
    decode_probe,
    encode_probe,
)

GOLDENS = {1: "8346945f8d24f4e1d8a1b6e5bcec99684370ba7c231d610dbd709a2e1259f6e0"}
PROBES: list[Probe] = [
    Picture(format="PNG", media_type="image/png", width=3, height=4, rendition=None),
    Picture(format="JPEG", media_type="image/jpeg", width=3, height=4, rendition=digest_bytes(b"upright")),
    NoPicture(reason="broken", detail="the file is cut off"),
]


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_is_read_as_it_was_written(probe: Probe) -> None:
    assert decode_probe(encode_probe(probe)) == probe


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"rendition": "12"}'])
def test_what_is_no_probe_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptionError):
        decode_probe(data)


def test_the_revision_follows_what_is_remembered() -> None:
    text = b"".join(map(encode_probe, PROBES)) + canonical_bytes(DECODE_SPEC)
    assert golden_problem(PROBE_REVISION, text, GOLDENS) is None
