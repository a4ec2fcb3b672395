"""How long signed URLs work."""

from datetime import UTC, datetime, timedelta

import pytest

from bakehouse.blobs.signing import UrlSigner
from gateway.urls import Urls

SIGNER = UrlSigner(b"k" * 32, "http://127.0.0.1:1")


def expires_in_s(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


def test_a_url_to_get_works_as_long_as_it_says() -> None:
    signed = Urls(SIGNER.url, expires_s=60).to_get("p/blobs/x")
    assert 58 < expires_in_s(signed.expire_time) <= 60
    assert f"expires={int(signed.expire_time.timestamp())}" in signed.url


@pytest.mark.parametrize(("left_s", "expected_s"), [(86_400, 60), (30, 30), (-5, 1)])
def test_a_url_to_put_never_outlives_its_upload(left_s: float, expected_s: float) -> None:
    not_after = datetime.now(UTC) + timedelta(seconds=left_s)
    signed = Urls(SIGNER.url, expires_s=60).to_put("p/uploads/u/00000", size_bytes=5, not_after=not_after)
    assert expected_s - 3 < expires_in_s(signed.expire_time) <= expected_s
    assert "size=5" in signed.url
