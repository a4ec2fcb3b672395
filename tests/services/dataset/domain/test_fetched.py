import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError
from services.dataset.domain.fetched import Had, Lost, Outcome, decode_outcome, encode_outcome

DIGEST = digest_bytes(b"x")


@pytest.mark.parametrize(
    "outcome",
    [
        Had(digest=DIGEST, size_bytes=7),
        Had(digest=DIGEST, size_bytes=7, etag="e"),
        Lost(reason="gone", detail="é"),
    ],
)
def test_an_outcome_is_read_as_it_was_written(outcome: Outcome) -> None:
    assert decode_outcome(encode_outcome(outcome)) == outcome


@pytest.mark.parametrize("data", [b"", b"[]", b'{"digest": "12", "size_bytes": 1}', b'{"digest": 1}'])
def test_a_row_that_is_none_is_damaged(data: bytes) -> None:
    with pytest.raises(CorruptionError, match="delete its shard"):
        decode_outcome(data)
