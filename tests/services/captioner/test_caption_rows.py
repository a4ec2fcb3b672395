"""Stored scores, read back."""

import numpy as np
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.index import entry_batches
from bakehouse.cache.once import Locations
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from bakehouse.manifest.columns import concat
from services.captioner.caption_rows import StoredScores
from services.captioner.keys import KeyedPicture

KEYS = [digest_bytes(b"key %d" % n) for n in range(4)]
ROWS = np.linspace(0, 1, 12, dtype=np.float16).reshape(4, 3)


def stored(blobs: Blobs, num_tags: int) -> StoredScores:
    shard = write_shard(
        blobs,
        [
            (key, Tensor(dtype="F16", shape=(3,), data=row.tobytes()))
            for key, row in zip(KEYS, ROWS, strict=True)
        ],
    )
    return StoredScores(blobs, Locations(concat([*entry_batches(shard.entries)])), num_tags=num_tags)


def keyed(number: int) -> KeyedPicture:
    return KeyedPicture(key=digest_bytes(b"key %d" % number), picture=digest_bytes(b"picture"))


def test_scores_come_in_the_order_asked_for(blobs: Blobs) -> None:
    second, missing, first = stored(blobs, 3).of([keyed(1), keyed(9), keyed(0)])
    assert missing is None
    np.testing.assert_array_equal(second, ROWS[1])
    np.testing.assert_array_equal(first, ROWS[0])


def test_a_row_of_another_length_is_told(blobs: Blobs) -> None:
    with pytest.raises(CorruptionError, match="a row of 3 scores for 5 tags"):
        stored(blobs, 5).of([keyed(2)])
