import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from services.dataset.adapters.sink import Sink
from services.dataset.adapters.web.dialing import Dialer, UnknownHostError
from services.dataset.adapters.web.fetching import Fetcher
from services.dataset.domain.addresses import Allowed, parse_allowed
from services.dataset.domain.retrying import FetchLimits
from services.dataset.ports import FetchFailedError
from tests.services.dataset.certificate import self_signed
from tests.services.dataset.pictures import png
from tests.services.dataset.web_server import (
    Handler,
    Reply,
    WebServer,
    after,
    cut_short,
    dripping,
    dripping_headers,
    endless,
    file,
    redirect,
    silent,
    web_server,
)

PICTURE = png()
LIMITS = FetchLimits(
    max_bytes=1 << 20, attempt_s=5, total_s=10, silence_s=2, attempts=3, longest_wait_s=0.05, per_second=1e6
)
HURRIED = replace(LIMITS, attempt_s=0.4, attempts=1)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def fetch(
    url: str, limits: FetchLimits = LIMITS, allowed: str = "127.0.0.1", dialer: Dialer | None = None
) -> tuple[bytes, str]:
    fetcher = Fetcher(dialer or Dialer(parse_allowed(allowed)), limits)
    return fetcher.download(url, together)


def together(sink: Sink, etag: str) -> tuple[bytes, str]:
    return b"".join(sink.chunks()), etag


def failure(url: str, limits: FetchLimits = LIMITS, allowed: str = "127.0.0.1") -> FetchFailedError:
    with pytest.raises(FetchFailedError) as caught:
        fetch(url, limits, allowed)
    return caught.value


def test_a_picture_comes_with_its_etag(server: WebServer) -> None:
    server.replies["/a.png"] = file(PICTURE, ETag='"7"')
    assert fetch(server.url("/a.png")) == (PICTURE, '"7"')


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "image/gif"])
def test_what_a_server_says_of_a_picture_does_not_count(server: WebServer, kind: str) -> None:
    server.replies["/a"] = file(PICTURE, Content_Type=kind)
    assert fetch(server.url("/a"))[0] == PICTURE


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<!DOCTYPE html><html>gone</html>", "a web page"),
        (b"\x89PNG but not really", "no picture"),
        (b'{"error": 1}', "a JSON text"),
    ],
)
def test_what_is_called_a_picture_and_is_none_is_dead(server: WebServer, body: bytes, told: str) -> None:
    server.replies["/a.png"] = file(body, Content_Type="image/png")
    found = failure(server.url("/a.png"))
    assert (found.reason, found.is_lasting) == ("not_an_image", True)
    assert told in found.detail


def test_redirects_are_followed_and_checked(server: WebServer) -> None:
    server.replies |= {"/1": redirect("/2"), "/2": redirect(server.url("/3"), 308), "/3": file(PICTURE)}
    assert fetch(server.url("/1"))[0] == PICTURE


def test_a_loop_of_redirects_ends(server: WebServer) -> None:
    server.replies |= {"/1": redirect("/2"), "/2": redirect("/1")}
    assert failure(server.url("/1")).reason == "too_many_redirects"


def test_redirects_without_end_end(server: WebServer) -> None:
    for number in range(20):
        server.replies[f"/{number}"] = redirect(f"/{number + 1}")
    found = failure(server.url("/0"))
    assert (found.reason, found.is_lasting) == ("too_many_redirects", True)
    assert sum(server.asked.values()) == LIMITS.redirects + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x"])
def test_a_redirect_leads_to_http_only(server: WebServer, to: str) -> None:
    server.replies["/a"] = redirect(to)
    assert failure(server.url("/a")).reason == "dead_url"


def test_a_redirect_into_the_private_net_is_refused(server: WebServer) -> None:
    with web_server("::1") as inner:
        server.replies["/a"] = redirect(f"http://[::1]:{inner.port}/secret")
        found = failure(server.url("/a"))
        assert found.reason == "refused_address"
        assert not inner.asked


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_this_machine_is_refused_however_it_is_written(server: WebServer, host: str) -> None:
    server.replies["/a"] = file(PICTURE)
    assert failure(server.url("/a", host), allowed="").reason in {"refused_address", "no_such_host"}
    assert not server.asked


def test_a_host_is_allowed_by_its_exact_name(server: WebServer) -> None:
    server.replies["/a"] = file(PICTURE)
    assert fetch(server.url("/a", "localhost"), allowed="localhost")[0] == PICTURE
    assert failure(server.url("/a"), allowed="localhost").reason == "refused_address"


def test_a_name_that_answers_otherwise_the_next_time_gains_nothing(server: WebServer) -> None:
    """DNS rebinding: what was checked is what is connected to."""
    with web_server("::1") as inner:
        answers = iter([["127.0.0.1"], ["::1"]])
        dialer = Dialer(parse_allowed("127.0.0.1"), resolve=lambda host, port: next(answers))
        server.replies["/a"] = redirect(f"http://other.example:{inner.port}/a")
        with pytest.raises(FetchFailedError) as caught:
            fetch(f"http://pictures.example:{server.port}/a", dialer=dialer)
        assert caught.value.reason == "refused_address"
        assert server.headers[0]["host"] == f"pictures.example:{server.port}"
        assert not inner.asked


def test_of_several_addresses_only_those_allowed_are_tried(server: WebServer) -> None:
    server.replies["/a"] = file(PICTURE)
    dialer = Dialer(parse_allowed("127.0.0.1"), resolve=lambda host, port: ["10.0.0.1", "::1", "127.0.0.1"])
    assert fetch(server.url("/a", "pictures.example"), dialer=dialer)[0] == PICTURE


def test_a_host_that_nobody_knows_is_dead() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise UnknownHostError(f"{host}: no", is_lasting=True)

    with pytest.raises(FetchFailedError) as caught:
        fetch("http://gone.example/a", dialer=Dialer(Allowed(), resolve=resolve))
    assert (caught.value.reason, caught.value.is_lasting) == ("no_such_host", True)


def test_a_name_service_that_is_silent_is_not_waited_for(server: WebServer) -> None:
    def resolve(host: str, port: int) -> list[str]:
        server.ending.wait()
        return []

    with pytest.raises(FetchFailedError) as caught:
        fetch("http://slow.example/a", HURRIED, dialer=Dialer(Allowed(), resolve=resolve))
    assert (caught.value.reason, caught.value.is_lasting) == ("no_such_host", False)


def test_an_endless_file_is_cut_off(server: WebServer) -> None:
    server.replies["/a"] = endless(PICTURE)
    assert failure(server.url("/a")).reason == "too_large"


def test_a_file_that_says_it_is_too_large_is_not_read(server: WebServer) -> None:
    server.replies["/a"] = file(PICTURE, Content_Length=str(1 << 40))
    assert failure(server.url("/a")).reason == "too_large"


@pytest.mark.parametrize("reply", [dripping(PICTURE), dripping_headers, silent])
def test_a_server_that_takes_for_ever_is_cut_off(server: WebServer, reply: Reply) -> None:
    server.replies["/a"] = reply
    found = failure(server.url("/a"), HURRIED)
    assert (found.reason, found.is_lasting) == ("too_slow", False)


def test_silence_is_shorter_than_the_time_in_all(server: WebServer) -> None:
    server.replies["/a"] = silent
    begun = monotonic()
    failure(server.url("/a"), replace(LIMITS, silence_s=0.1, attempts=1, attempt_s=60, total_s=60))
    assert monotonic() - begun < 30


def test_too_many_requests_are_repeated_after_the_time_asked_for(server: WebServer) -> None:
    server.replies["/a"] = after(2, 429, PICTURE, Retry_After="3600")  # capped by the limits
    assert fetch(server.url("/a"))[0] == PICTURE
    assert server.asked["/a"] == 3


def test_who_comes_while_a_host_wants_peace_waits(server: WebServer) -> None:
    limits = replace(LIMITS, attempt_s=0.3, longest_wait_s=0.6)
    server.replies |= {"/a": after(1, 429, PICTURE, Retry_After="3600"), "/b": file(PICTURE)}
    fetcher = Fetcher(Dialer(parse_allowed("127.0.0.1")), limits)
    first = Thread(target=fetcher.download, args=(server.url("/a"), together))
    first.start()
    while not server.asked["/a"]:
        server.ending.wait(0.01)
    server.ending.wait(0.1)
    assert fetcher.download(server.url("/b"), together)[0] == PICTURE
    first.join()
    assert dict(server.asked) == {"/a": 2, "/b": 1}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again_and_not_remembered(server: WebServer, status: int) -> None:
    server.replies["/a"] = after(99, status, b"")
    found = failure(server.url("/a"))
    assert (found.reason, found.is_lasting) == ("unavailable", False)
    assert f"HTTP {status}" in found.detail
    assert "3 times" in found.detail
    assert server.asked["/a"] == 3


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "dead_url"), (410, "dead_url"), (403, "forbidden"), (400, "dead_url")]
)
def test_a_dead_url_is_asked_once_and_remembered(server: WebServer, status: int, reason: str) -> None:
    server.replies["/a"] = after(99, status, b"")
    found = failure(server.url("/a"))
    assert (found.reason, found.is_lasting) == (reason, True)
    assert server.asked["/a"] == 1


def test_an_empty_file_is_fetched_again(server: WebServer) -> None:
    server.replies["/a"] = file(b"")
    found = failure(server.url("/a"))
    assert (found.reason, found.is_lasting) == ("not_an_image", False)
    assert server.asked["/a"] == 3


def test_half_a_file_is_fetched_again(server: WebServer) -> None:
    server.replies["/a"] = cut_short(PICTURE)
    assert failure(server.url("/a")).reason == "unavailable"
    assert server.asked["/a"] == 3


def test_nobody_there(server: WebServer) -> None:
    port = server.port
    server.server_close()
    assert failure(f"http://127.0.0.1:{port}/a").reason == "unavailable"


def test_who_is_named_in_a_url_is_told_to_its_own_host_only(server: WebServer) -> None:
    with web_server() as other:
        server.replies["/a"] = redirect(other.url("/b"))
        other.replies["/b"] = file(PICTURE)
        fetch(f"http://me:pa%20ss@127.0.0.1:{server.port}/a")
        assert server.headers[0]["authorization"] == "Basic bWU6cGEgc3M="
        assert "authorization" not in other.headers[0]


def test_connections_are_used_again(server: WebServer) -> None:
    ports = set()

    def reply(handler: Handler, _: int) -> None:
        ports.add(handler.client_address[1])
        handler.reply(200, PICTURE)

    server.replies["/a"] = reply
    fetcher = Fetcher(Dialer(parse_allowed("127.0.0.1")), LIMITS)
    for _ in range(3):
        fetcher.download(server.url("/a"), together)
    assert len(ports) == 1


def test_a_host_has_few_connections_at_a_time(server: WebServer) -> None:
    busy, most = [], []

    def reply(handler: Handler, number: int) -> None:
        busy.append(number)
        most.append(len(busy))
        server.ending.wait(0.02)
        busy.remove(number)
        handler.reply(200, PICTURE)

    server.replies["/a"] = reply
    fetcher = Fetcher(Dialer(parse_allowed("127.0.0.1")), replace(LIMITS, connections=2))
    threads = [Thread(target=fetcher.download, args=(server.url("/a"), together)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked["/a"] == 8
    assert max(most) <= 2


def test_tls_is_spoken_with_who_has_a_certificate(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    server.secure(certificate)
    server.replies |= {"/a": file(PICTURE), "/slow": dripping(PICTURE)}
    url = server.url("/a", "localhost")
    found = failure(url, allowed="localhost")
    assert (found.reason, found.is_lasting) == ("bad_certificate", False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch(url, allowed="localhost")[0] == PICTURE
    assert failure(server.url("/slow", "localhost"), HURRIED, allowed="localhost").reason == "too_slow"
    assert failure(server.url("/a"), allowed="127.0.0.1").reason == "bad_certificate"


def test_a_handshake_has_its_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/a"
        assert failure(url, HURRIED).reason == "too_slow"
