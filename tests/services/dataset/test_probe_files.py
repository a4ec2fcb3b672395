import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import ShardReader, entries_of
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import NotFoundError
from services.dataset.adapters.faces import HaarFaces
from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.domain.probe import NoPicture, Picture, Wanted, decode_probe
from services.dataset.probe_files import ProbeWork, probe, probe_key
from tests.services.dataset.pictures import png, portrait, turned_jpeg
from tests.services.dataset.units import unit

DECODER = PillowDecoder(max_pixels=10_000)
FACES = HaarFaces()


def test_a_unit_remembers_each_file_by_its_content(blobs: Blobs) -> None:
    digests = [blobs.put(data) for data in (png(), turned_jpeg(), b"text")]
    work = ProbeWork(unit(blobs, [*digests]), DECODER, FACES)
    for batch in work.batches:
        assert work.run(batch) == ()
    outputs = work.close()
    found = {}
    for entry in entries_of(outputs.outputs):
        found[entry.key] = decode_probe(ShardReader(blobs).read(entry).data)
    plain, turned, text = (found[probe_key(Wanted(digest=digest))] for digest in digests)
    assert plain == Picture(format="PNG", media_type="image/png", width=96, height=96, rendition=None)
    assert isinstance(turned, Picture)
    assert (turned.width, turned.height) == (80, 120)
    assert turned.rendition in outputs.blobs
    assert isinstance(text, NoPicture)
    assert all(blobs.has(digest) for digest in outputs.blobs)


def test_batches_have_every_item_once(blobs: Blobs) -> None:
    items = [digest_bytes(str(number).encode()) for number in range(19)]
    batches = ProbeWork(unit(blobs, [*items]), DECODER, FACES).batches
    assert [item for batch in batches for item in batch] == items
    assert max(map(len, batches)) == 8


def test_a_unit_of_which_nothing_came_has_no_shard(blobs: Blobs) -> None:
    outputs = ProbeWork(unit(blobs, []), DECODER, FACES).close()
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


def test_a_face_is_looked_for_where_it_is_wanted(blobs: Blobs) -> None:
    digest = blobs.put(portrait(400, 300, at=(180, 60), edge=200))
    wanted = [Wanted(digest=digest, with_face=with_face) for with_face in (True, False)]
    decoder = PillowDecoder(max_pixels=120_000)
    work = ProbeWork(unit(blobs, [one.item for one in wanted]), decoder, FACES)
    assert work.run(work.batches[0]) == ()
    entries = {entry.key: entry for entry in entries_of(work.close().outputs)}
    faces = [decode_probe(ShardReader(blobs).read(entries[probe_key(one)]).data) for one in wanted]
    assert [isinstance(one, Picture) and one.face is not None for one in faces] == [True, False]
