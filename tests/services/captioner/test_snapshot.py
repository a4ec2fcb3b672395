"""What is read of a snapshot."""

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.manifest.header import Manifest, decode_manifest
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.store import save_manifest
from services.captioner.domain.captioning import Captioning, Existing
from services.captioner.snapshot import SourceCaption, load_snapshot, num_kept, read_samples
from tests.services.captioner.snapshots import Source, put_snapshot

SOURCES = [
    Source(name="a.png", data=b"a", captions=["one", "two"]),
    Source(name="b.png", data=b"b"),
    Source(name="c.png", data=b"c", captions=["  "]),
    Source(name="d.png", data=b"d", captions=["gone"], state="excluded"),
]


@pytest.fixture
def snapshot(blobs: Blobs, tmp_path: Path) -> Manifest:
    return load_snapshot(blobs, {"snapshot": put_snapshot(blobs, SOURCES, tmp_path)})[1]


def test_kept_samples_come_with_their_captions(blobs: Blobs, snapshot: Manifest) -> None:
    found = {sample.picture: sample for sample in read_samples(blobs, snapshot)}
    assert found.keys() == {digest_bytes(b"a"), digest_bytes(b"b"), digest_bytes(b"c")}
    first = found[digest_bytes(b"a")]
    assert (first.entry, first.sample_id) == ("cats", sample_id("cats", "a.png"))
    assert first.captions == (
        SourceCaption(variant=0, text="one", source="textfile"),
        SourceCaption(variant=1, text="two", source="textfile"),
    )
    assert found[digest_bytes(b"b")].captions == ()
    assert num_kept(snapshot) == 3


def test_samples_come_in_the_order_of_their_ids(blobs: Blobs, snapshot: Manifest) -> None:
    ids = [sample.sample_id for sample in read_samples(blobs, snapshot)]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("existing", "tagged"),
    [("keep", {b"b", b"c"}), ("replace", {b"a", b"b", b"c"}), ("append", {b"a", b"b", b"c"})],
)
def test_which_samples_need_tags(
    blobs: Blobs, snapshot: Manifest, existing: Existing, tagged: set[bytes]
) -> None:
    rule = Captioning(existing=existing)
    found = {sample.picture for sample in read_samples(blobs, snapshot) if sample.needs_tags(rule)}
    assert found == {digest_bytes(data) for data in tagged}


def test_a_snapshot_without_captions_is_read(blobs: Blobs, snapshot: Manifest) -> None:
    bare = replace(snapshot, tables={"samples": snapshot.tables["samples"]})
    assert [sample.captions for sample in read_samples(blobs, bare)] == [(), (), ()]


def test_what_is_no_snapshot_is_refused(blobs: Blobs, snapshot: Manifest) -> None:
    with pytest.raises(InvalidInputError, match=r"inputs\.snapshot: missing"):
        load_snapshot(blobs, {})
    with pytest.raises(NotFoundError):
        load_snapshot(blobs, {"snapshot": digest_bytes(b"?")})
    other = save_manifest(blobs, replace(snapshot, stage="latents", tables={})).blob
    with pytest.raises(InvalidInputError, match="of stage latents and has no samples; give that of dataset"):
        load_snapshot(blobs, {"snapshot": other})
    assert decode_manifest(blobs.get(Digest(other))).tables == {}
