import io
from typing import Any

import pytest
from PIL import Image

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import ShardReader, entries_of
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import NotFoundError
from services.dataset.adapters.faces import HaarFaces
from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.domain.decoding import Decoding
from services.dataset.domain.probe import NoPicture, Picture, Probed, Wanted, decode_probe
from services.dataset.probe_files import ProbeWork, probe, probe_key
from tests.services.dataset.pictures import GREEN, RED, animation, png, portrait, see_through, turned_jpeg
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
    (plain,), (turned,), (text,) = (found[probe_key(Wanted(digest=digest))] for digest in digests)
    assert isinstance(plain, Picture)
    assert (plain.format, plain.width, plain.rendition, plain.part) == ("PNG", 96, None, 0)
    assert isinstance(turned, Picture)
    assert (turned.width, turned.height) == (80, 120)
    assert {*plain.blobs, *turned.blobs} == {*outputs.blobs} - {outputs.blobs[0]}
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


def probed(blobs: Blobs, data: bytes, **choices: Any) -> Probed:
    return probe(
        blobs, Wanted(digest=blobs.put(data), decoding=Decoding(**choices)), DECODER, FACES, keep=blobs.put
    )


def test_what_is_no_picture_is_a_result_with_its_reason(blobs: Blobs) -> None:
    assert probed(blobs, b"") == (NoPicture(reason="not_an_image", detail="the file is empty"),)
    (large,) = probed(blobs, png(101, 100))
    assert isinstance(large, NoPicture)
    assert large.reason == "too_many_pixels"


def test_a_blob_that_is_not_there_is_no_result(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        probe(blobs, Wanted(digest=Digest("0" * 64)), DECODER, FACES, keep=blobs.put)


def test_frames_are_parts_and_what_is_cut_off_is_told_behind_them(blobs: Blobs) -> None:
    whole = probed(blobs, animation(), frames=None)
    assert [part.part for part in whole] == [0, 1]
    pictures = [part for part in whole if isinstance(part, Picture)]
    shown = [Image.open(io.BytesIO(blobs.get(picture.rendition or Digest("")))) for picture in pictures]
    assert [image.getpixel((3, 3)) for image in shown] == [RED, GREEN]
    first, rest = probed(blobs, animation()[:-9], frames=None)
    assert first == whole[0]
    assert isinstance(rest, NoPicture)
    assert (rest.reason, rest.part) == ("broken", 1)


def test_mask_and_border_are_remembered(blobs: Blobs) -> None:
    (found,) = probed(blobs, see_through(99, 99), with_mask=True, fuzz=8.0)
    assert isinstance(found, Picture)
    assert found.mask is not None
    assert Image.open(io.BytesIO(blobs.get(found.mask))).size == (found.width, found.height)
    assert found.trimmed is None  # less than the least would be left


def test_a_face_is_looked_for_where_it_is_wanted(blobs: Blobs) -> None:
    digest = blobs.put(portrait(400, 300, at=(180, 60), edge=200))
    wanted = [
        Wanted(digest=digest, decoding=Decoding(with_face=with_face, fuzz=fuzz))
        for with_face, fuzz in ((True, None), (False, None), (True, 8.0))
    ]
    decoder = PillowDecoder(max_pixels=120_000)
    work = ProbeWork(unit(blobs, [one.item for one in wanted]), decoder, FACES)
    assert work.run(work.batches[0]) == ()
    entries = {entry.key: entry for entry in entries_of(work.close().outputs)}
    found = [decode_probe(ShardReader(blobs).read(entries[probe_key(one)]).data)[0] for one in wanted]
    pictures = [one for one in found if isinstance(one, Picture)]
    assert [one.face is not None for one in pictures] == [True, False, True]
    trimmed, face = pictures[2].trimmed, pictures[2].face
    assert trimmed is not None
    assert face is not None
    assert face.x < trimmed.box.width  # in the picture that is left
