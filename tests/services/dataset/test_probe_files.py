import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import ShardReader, entries_of
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import NotFoundError
from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.domain.probe import NoPicture, Picture, decode_probe
from services.dataset.probe_files import ProbeWork, probe, probe_key
from tests.services.dataset.pictures import png, turned_jpeg
from tests.services.dataset.units import unit

DECODER = PillowDecoder(max_pixels=10_000)


def test_a_unit_remembers_each_file_by_its_content(blobs: Blobs) -> None:
    digests = [blobs.put(data) for data in (png(), turned_jpeg(), b"text")]
    work = ProbeWork(unit(blobs, [*digests]), DECODER)
    for batch in work.batches:
        assert work.run(batch) == ()
    outputs = work.close()
    found = {}
    for entry in entries_of(outputs.outputs):
        found[entry.key] = decode_probe(ShardReader(blobs).read(entry).data)
    plain, turned, text = (found[probe_key(digest)] for digest in digests)
    assert plain == Picture(format="PNG", media_type="image/png", width=96, height=96, rendition=None)
    assert isinstance(turned, Picture)
    assert (turned.width, turned.height) == (80, 120)
    assert turned.rendition in outputs.blobs
    assert isinstance(text, NoPicture)
    assert all(blobs.has(digest) for digest in outputs.blobs)


def test_batches_have_every_item_once(blobs: Blobs) -> None:
    items = [digest_bytes(str(number).encode()) for number in range(19)]
    batches = ProbeWork(unit(blobs, [*items]), DECODER).batches
    assert [item for batch in batches for item in batch] == items
    assert max(map(len, batches)) == 8


def test_a_unit_of_which_nothing_came_has_no_shard(blobs: Blobs) -> None:
    outputs = ProbeWork(unit(blobs, []), DECODER).close()
    assert (outputs.outputs, outputs.blobs) == (None, ())


def test_what_is_no_picture_is_a_result_with_its_reason(blobs: Blobs) -> None:
    assert probe(blobs, blobs.put(b""), DECODER) == NoPicture(
        reason="not_an_image", detail="the file is empty"
    )
    large = probe(blobs, blobs.put(png(101, 100)), DECODER)
    assert isinstance(large, NoPicture)
    assert large.reason == "too_many_pixels"


def test_a_blob_that_is_not_there_is_no_result(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        probe(blobs, Digest("0" * 64), DECODER)
