"""Which addresses are taken."""

import socket
from collections.abc import Iterator

import pytest

from bakehouse.errors import InvalidInputError, StateError
from bakehouse.rpc.addresses import Address
from bakehouse.studio.ports import choose_address, choose_port, is_free
from tests.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def choose(wanted: str = "", *, kept: str = "", preferred: int = 0) -> Address:
    return choose_address(wanted, kept=kept, preferred=preferred or free_port(), setting="--listen")


def test_the_preferred_port_is_taken_where_it_is_free() -> None:
    port = free_port()
    assert str(choose(preferred=port)) == f"127.0.0.1:{port}"


def test_any_other_is_taken_where_the_preferred_is_not_free(taken: int) -> None:
    assert choose(preferred=taken).port not in {0, taken}


def test_the_address_of_last_time_is_kept() -> None:
    kept = f"127.0.0.1:{free_port()}"
    assert str(choose(kept=kept)) == kept


def test_an_address_that_was_asked_for_and_is_in_use_is_an_error(taken: int) -> None:
    with pytest.raises(StateError, match=f"127.0.0.1:{taken}.*--listen"):
        choose(f"127.0.0.1:{taken}")


def test_an_address_that_clients_know_and_that_is_in_use_is_an_error(taken: int) -> None:
    with pytest.raises(StateError, match=f"127.0.0.1:{taken}.*--listen"):
        choose(kept=f"127.0.0.1:{taken}")


def test_any_port_is_that_of_last_time_if_it_can_be(taken: int) -> None:
    kept = f"127.0.0.1:{free_port()}"
    assert str(choose("127.0.0.1:0", kept=kept)) == kept
    assert choose("127.0.0.1:0", kept=f"127.0.0.1:{taken}").port != taken


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="--listen"):
        choose("nonsense")


def test_an_inner_port_that_is_in_use_is_changed(taken: int) -> None:
    port = free_port()
    assert choose_port(port) == port
    assert choose_port(taken) != taken


def test_a_port_that_was_just_left_is_free(taken: int) -> None:
    assert not is_free(Address(host="127.0.0.1", port=taken))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
    assert is_free(Address(host="127.0.0.1", port=port))
