import socket
from time import monotonic

import pytest

from services.dataset.adapters.web.dialing import Dialer, RefusedAddressError, UnknownHostError, resolve_host
from services.dataset.domain.addresses import Allowed, parse_allowed
from tests.services.dataset.web_server import web_server


def test_a_host_of_this_machine_is_found_and_refused() -> None:
    assert "127.0.0.1" in resolve_host("localhost", 80)
    with pytest.raises(RefusedAddressError, match=r"localhost is .*, which is not on the public internet"):
        Dialer(Allowed()).connect("localhost", 80, deadline=monotonic() + 5)


@pytest.mark.parametrize("name", ["a..b", "x" * 300, "no.such.host.invalid"])
def test_a_name_that_is_none_is_unknown(name: str) -> None:
    with pytest.raises(UnknownHostError):
        resolve_host(name, 80)


def test_the_address_that_was_checked_is_connected_to() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["169.254.169.254", "127.0.0.1"]

    with web_server() as server:
        dialer = Dialer(parse_allowed("127.0.0.1"), resolve)
        with dialer.connect("pictures.example.", server.port, deadline=monotonic() + 5) as sock:
            assert sock.getpeername() == ("127.0.0.1", server.port)
    assert asked == ["pictures.example"]


def test_the_next_address_is_tried_where_one_is_silent() -> None:
    with web_server() as server:
        dialer = Dialer(parse_allowed("127.0.0.0/8,::1"), lambda host, port: ["::1", "127.0.0.1"])
        with dialer.connect("pictures.example", server.port, deadline=monotonic() + 5) as sock:
            assert sock.family == socket.AF_INET


def test_no_time_is_no_connection() -> None:
    dialer = Dialer(parse_allowed("127.0.0.1"), lambda host, port: ["127.0.0.1"])
    with pytest.raises((OSError, UnknownHostError)):
        dialer.connect("pictures.example", 9, deadline=monotonic() - 1)
