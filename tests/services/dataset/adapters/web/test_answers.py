import pytest

from services.dataset.adapters.web.answers import TryAgainError, etag_of, host_of, next_url
from services.dataset.ports import FetchFailedError

URL = "https://a.example/pictures/1.png"


def test_an_answer_has_the_picture() -> None:
    assert next_url(200, {}, URL) is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_leads_on(status: int) -> None:
    assert next_url(status, {"Location": "../2 x.png"}, URL) == "https://a.example/2%20x.png"
    assert next_url(status, {"Location": "//b.example/2"}, URL) == "https://b.example/2"


@pytest.mark.parametrize("status", [302, 304, 204, 206, 400, 404, 418])
def test_an_answer_without_a_picture_is_the_end(status: int) -> None:
    with pytest.raises(FetchFailedError, match=rf"HTTP {status} of a\.example") as caught:
        next_url(status, {}, URL)
    assert (caught.value.reason, caught.value.is_lasting) == ("dead_url", True)


@pytest.mark.parametrize(("status", "pauses"), [(429, "a.example"), (503, "a.example"), (502, "")])
def test_an_answer_for_later(status: int, pauses: str) -> None:
    with pytest.raises(TryAgainError) as caught:
        next_url(status, {"Retry-After": "7"}, URL)
    assert (caught.value.reason, caught.value.asked_s, caught.value.pauses) == ("unavailable", 7.0, pauses)


def test_what_a_redirect_says_is_told_without_its_secrets() -> None:
    with pytest.raises(FetchFailedError) as caught:
        next_url(302, {"Location": "ftp://me:secret@b.example/x?token=secret"}, URL)
    assert "secret" not in caught.value.detail


def test_an_etag_is_kept_where_it_is_fit_to_be() -> None:
    assert etag_of({"ETag": '"abc"'}) == '"abc"'
    assert etag_of({"ETag": "x" * 1000}) == ""
    assert etag_of({"ETag": "a\tb"}) == ""
    assert etag_of({}) == ""


def test_the_host_of_a_url() -> None:
    assert host_of("https://me:pw@A.example:8080/x") == "a.example"
