"""Etags tell revisions apart."""

import pytest

from bakehouse.errors import StaleError
from bakehouse.rpc.etags import check_etag, etag_of


@pytest.mark.parametrize("etag", ["", etag_of(7)])
def test_the_current_etag_passes_and_so_does_none(etag: str) -> None:
    check_etag(etag, revision=7, name="projects/p")


@pytest.mark.parametrize("etag", [etag_of(6), etag_of(8), "7", "r7 ", "W/r7"])
def test_any_other_is_stale_and_the_error_says_which_is_current(etag: str) -> None:
    with pytest.raises(StaleError) as caught:
        check_etag(etag, revision=7, name="projects/p")
    assert caught.value.fields == {"resource": "projects/p", "etag": etag, "current_etag": etag_of(7)}
