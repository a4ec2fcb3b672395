import socket
from time import monotonic

import pytest
from urllib3.exceptions import HTTPError

from services.dataset.adapters.web.dialing import Dialer
from services.dataset.adapters.web.pinned import Connections, Watch
from services.dataset.domain.addresses import parse_allowed
from tests.services.dataset.web_server import file, silent, web_server


def connections() -> Connections:
    return Connections(Dialer(parse_allowed("127.0.0.1")), per_host=2, silence_s=5)


def test_a_watch_cuts_what_it_keeps() -> None:
    here, there = socket.socketpair()
    watch = Watch(monotonic() + 10)
    watch.keep(here.fileno())
    watch.cut()
    assert watch.is_over
    assert there.recv(1) == b""
    watch.close()
    here.close()
    there.close()


def test_what_is_kept_too_late_is_cut_at_once() -> None:
    here, there = socket.socketpair()
    watch = Watch(monotonic())
    watch.cut()
    watch.keep(here.fileno())
    assert there.recv(1) == b""
    watch.close()
    here.close()
    there.close()


def test_a_socket_that_is_let_go_goes_on() -> None:
    here, there = socket.socketpair()
    watch = Watch(monotonic() + 10)
    watch.keep(here.fileno())
    watch.close()
    here.sendall(b"x")
    assert there.recv(1) == b"x"
    here.close()
    there.close()


def test_an_exchange_ends_at_its_deadline() -> None:
    with web_server() as server:
        server.replies["/a"] = silent
        own = connections()
        with own.watched(monotonic() + 0.1) as watch, pytest.raises(HTTPError):
            own.pool("http", "127.0.0.1", server.port).urlopen("GET", "/a", retries=False)
        assert watch.is_over


def test_a_host_has_one_pool_and_old_ones_are_closed() -> None:
    own = connections()
    first = own.pool("http", "a.example", 80)
    assert own.pool("http", "a.example", 80) is first
    assert own.pool("https", "a.example", 443) is not first
    for number in range(200):
        own.pool("http", f"h{number}.example", 80)
    assert own.pool("http", "a.example", 80) is not first


def test_an_open_connection_is_watched_again() -> None:
    with web_server() as server:
        server.replies |= {"/a": file(b"x"), "/b": silent}
        own = connections()
        pool = own.pool("http", "127.0.0.1", server.port)
        with own.watched(monotonic() + 10):
            assert pool.urlopen("GET", "/a", retries=False).data == b"x"
        with own.watched(monotonic() + 0.1) as watch, pytest.raises(HTTPError):
            pool.urlopen("GET", "/b", retries=False)
        assert watch.is_over
        assert pool.num_connections == 1
