import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.signing import Grant, UrlSigner
from bakehouse.errors import ExpiredError, InvalidInputError, PermissionDeniedError

_ORIGIN = "http://127.0.0.1:8443"
_SECRET = b"0123456789abcdef0123456789abcdef"
_NOW = 1_800_000_000.5


def signer(*, secret: bytes = _SECRET, now: float = _NOW, base_url: str = f"{_ORIGIN}/blobs/") -> UrlSigner:
    return UrlSigner(secret, base_url, now=lambda: now)


def target(**kwargs: int) -> str:
    url = signer().url("p/blobs/object", method="PUT", expires_s=60, size_bytes=kwargs.get("size_bytes"))
    return url.removeprefix(_ORIGIN)


def test_what_was_signed_is_given_back() -> None:
    grant = Grant(method="PUT", key="p/blobs/object", expires_at=1_800_000_060, size_bytes=10)
    assert signer().verify("PUT", target(size_bytes=10)) == grant


def test_a_url_without_a_size() -> None:
    assert signer().verify("PUT", target()).size_bytes is None


def test_the_url_is_the_gateways() -> None:
    url = signer().url("p/object", method="GET", expires_s=60)
    assert url.startswith("http://127.0.0.1:8443/blobs/p/object?expires=1800000060&signature=")


def test_another_process_with_the_secret_verifies() -> None:
    assert signer(base_url="https://elsewhere/blobs").verify("PUT", target()).key == "p/blobs/object"


@pytest.mark.parametrize("method", ["GET", "put", "DELETE", "POST", ""])
def test_another_method_is_refused(method: str) -> None:
    with pytest.raises(PermissionDeniedError):
        signer().verify(method, target())


@given(at=st.integers(min_value=0, max_value=150), character=st.characters())
def test_any_change_is_refused(at: int, character: str) -> None:
    good = target(size_bytes=10)
    bad = good[:at] + character + good[at + 1 :]
    if bad != good:
        with pytest.raises(PermissionDeniedError):
            signer().verify("PUT", bad)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: f"{url}&size=99",
        lambda url: url.replace("size=10&", ""),
        lambda url: url.replace("size=10", "size=010"),
        lambda url: url.replace("/blobs/p/", "/blobs/p/../p/"),
        lambda url: url.replace("/blobs/p/", "/blobs/%70/"),
        lambda url: url.replace("signature=", "signature=&signature="),
        lambda url: url.replace("/blobs/", "/"),
        lambda _: "/blobs/p/blobs/object",
        lambda _: "",
    ],
)
def test_variations_are_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(PermissionDeniedError):
        signer().verify("PUT", change(target(size_bytes=10)))


def test_another_secret_is_refused() -> None:
    with pytest.raises(PermissionDeniedError):
        signer(secret=b"x" * 32).verify("PUT", target())


def test_an_expired_url_says_so() -> None:
    with pytest.raises(ExpiredError, match="p/blobs/object"):
        signer(now=_NOW + 60).verify("PUT", target())


def test_a_forged_url_does_not_learn_that_it_is_expired() -> None:
    with pytest.raises(PermissionDeniedError):
        signer(secret=b"x" * 32, now=_NOW + 60).verify("PUT", target())


@pytest.mark.parametrize("base_url", ["", "/blobs", "ftp://host/", "http://", "http://host/?a=b"])
def test_a_base_that_is_no_address_is_refused(base_url: str) -> None:
    with pytest.raises(InvalidInputError, match="no address"):
        signer(base_url=base_url)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="31 bytes"):
        signer(secret=b"x" * 31)
