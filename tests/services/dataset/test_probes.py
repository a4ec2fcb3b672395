from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Once
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import StateError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from services.dataset.domain.decoding import DECODE_DIGEST, Decoding
from services.dataset.domain.probe import PROBE_KIND, NoPicture, Wanted, encode_probe
from services.dataset.probe_files import probe_key
from services.dataset.probes import Probes

FOUND = NoPicture(reason="broken", detail="cut off")


def probes(blobs: Blobs, scratch: Path, *failures: ItemFailure) -> Probes:
    data = encode_probe([FOUND])
    row = Tensor(dtype="U8", shape=(len(data),), data=data)
    shard = write_shard(blobs, [(probe_key(Wanted(digest=digest_bytes(b"known"))), row)])
    once: Once[str] = Once(blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=scratch)
    return Probes(blobs, once.locate(once.save_hits(), shard.entries), {f.item: f for f in failures})


def test_a_file_is_known_or_failed(blobs: Blobs, tmp_path: Path) -> None:
    killer = ItemFailure(item=digest_bytes(b"killer"), failure_class=FailureClass.CRASH, reason="it kills")
    found = probes(blobs, tmp_path, killer).find([Digest(killer.item), digest_bytes(b"known")])
    assert found == [(NoPicture(reason="crash", detail="it kills"),), (FOUND,)]


def test_nothing_vanishes_silently(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="neither probed nor refused"):
        probes(blobs, tmp_path).find([digest_bytes(b"lost")])


def test_another_decoding_is_another_question(blobs: Blobs, tmp_path: Path) -> None:
    wanted = Wanted(digest=digest_bytes(b"known"), decoding=Decoding(frames=None, with_face=True))
    killer = ItemFailure(item=wanted.item, failure_class=FailureClass.CRASH, reason="it kills")
    found = probes(blobs, tmp_path, killer)
    assert found.find([wanted.digest], wanted.decoding) == [(NoPicture(reason="crash", detail="it kills"),)]
    assert found.find([wanted.digest]) == [(FOUND,)]
