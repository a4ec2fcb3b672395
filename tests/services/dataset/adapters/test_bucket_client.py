from random import Random
from uuid import uuid4

import pytest

from services.dataset.adapters.bucket_client import BucketClient, BucketError, BucketKeys, Patience
from tests.faultproxy import Answer, Cut, FaultProxy
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, running_weed


def client(endpoint: str, *, again_s: float = 20) -> BucketClient:
    return BucketClient(
        bucket=BUCKET,
        endpoint=f"{endpoint}/",
        region=None,
        keys=BucketKeys(access_key=ACCESS_KEY, secret_key=SECRET_KEY),
        patience=Patience(again_s=again_s, silence_s=1, first_wait_s=0.01),
        random=Random(1),
    )


def stored(data: bytes) -> tuple[str, str]:
    key = f"one/{uuid4().hex}.png"
    weed = running_weed()
    weed.store("one").put(key.removeprefix("one/"), [data], size_bytes=len(data))
    (found,) = client(weed.endpoint).objects(key)
    return key, (found.etag or "").strip('"')


def test_bytes_that_break_off_are_asked_for_again_from_there() -> None:
    data = Random(2).randbytes(3 << 20)
    key, etag = stored(data)
    with FaultProxy(running_weed().ports["s3"]) as proxy:
        for after_bytes in (2_000_000, 500_000, 0):
            proxy.spoil(Cut(after_bytes=after_bytes))
        got = b"".join(client(proxy.endpoint).pieces(key, etag=etag, size_bytes=len(data)))
        assert proxy.count("GET") == 4
    assert got == data


def test_a_server_that_never_answers_well_is_given_up() -> None:
    key, etag = stored(b"1")
    with FaultProxy(running_weed().ports["s3"]) as proxy:
        proxy.spoil(Answer(status=503), times=50)
        with pytest.raises(BucketError, match="does not answer as it should"):
            list(client(proxy.endpoint, again_s=0.1).pieces(key, etag=etag, size_bytes=1))


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "refuses the request"),
        (404, "NoSuchBucket", "see aws_bucket_name"),
        (400, "AuthorizationHeaderMalformed", "see aws_region_name"),
        (412, "PreconditionFailed", "changed since the bucket was listed"),
        (404, "NoSuchKey", "is gone"),
    ],
)
def test_what_s3_refuses_is_said_with_the_remedy(status: int, code: str, words: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>{SECRET_KEY}</Message></Error>".encode()
    with FaultProxy(running_weed().ports["s3"]) as proxy:
        proxy.spoil(Answer(status=status, body=body), times=2)
        with pytest.raises(BucketError, match=words) as failed:
            list(client(proxy.endpoint).objects(""))
        assert proxy.count("GET") == 1
    assert failed.value.code == code
    assert SECRET_KEY not in failed.value.detail


def test_keys_are_not_shown() -> None:
    keys = BucketKeys(access_key="wpz", secret_key="xyz", session_token="uvw")
    assert not any(key in repr(keys) for key in ("wpz", "xyz", "uvw"))
