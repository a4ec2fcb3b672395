from random import Random

import pytest

from bakehouse.blobs.blobs import Blobs
from services.dataset.adapters.sink import Sink
from services.dataset.ports import Fetched, FetchFailedError


@pytest.mark.parametrize("size_bytes", [0, 5, 9 << 20])
def test_what_came_becomes_a_blob(blobs: Blobs, size_bytes: int) -> None:
    data = Random(1).randbytes(size_bytes)
    with Sink(most_bytes=size_bytes) as sink:
        for at in range(0, size_bytes, 1 << 20):
            sink.write(data[at : at + (1 << 20)])
        found = sink.store(blobs, etag="e")
    assert found == Fetched(digest=blobs.put(data), size_bytes=size_bytes, etag="e")


def test_more_than_a_file_may_have_is_refused() -> None:
    with Sink(most_bytes=9) as sink, pytest.raises(FetchFailedError, match="make it smaller") as failed:
        sink.write(b"0123456789")
    assert failed.value.reason == "too_large"
