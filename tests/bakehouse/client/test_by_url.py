"""Parts sent to URLs: what is tried again, and what is not. The rest is in test_uploads.py."""

import pytest

from bakehouse.client.by_url import Placed, UrlSender
from bakehouse.client.parts import source_of
from bakehouse.errors import UnavailableError
from bakehouse.v1.upload_pb2 import SignedPart
from tests.faultproxy import Answer, FaultProxy
from tests.ports import free_port


def placed(endpoint: str) -> Placed:
    return Placed(signed=SignedPart(part=3, url=f"{endpoint}/part?signature=canary", size_bytes=4), start=0)


def test_a_refusal_is_not_tried_again() -> None:
    with FaultProxy(free_port()) as proxy:
        proxy.spoil(Answer(status=403), method="PUT")
        with pytest.raises(UnavailableError, match="403"):
            list(UrlSender(source_of(b"data")).send([placed(proxy.endpoint)]))
        assert proxy.count("PUT") == 1


def test_the_url_is_in_no_error() -> None:
    with FaultProxy(free_port()) as proxy:
        proxy.spoil(Answer(status=403), method="PUT")
        with pytest.raises(UnavailableError) as caught:
            list(UrlSender(source_of(b"data")).send([placed(proxy.endpoint)]))
    assert "canary" not in caught.value.message


def test_every_part_that_arrives_is_given_out() -> None:
    with FaultProxy(free_port()) as proxy:
        proxy.spoil(Answer(status=200), method="PUT", times=6)
        arrived = list(UrlSender(source_of(b"data")).send([placed(proxy.endpoint)] * 6))
    assert len(arrived) == 6
