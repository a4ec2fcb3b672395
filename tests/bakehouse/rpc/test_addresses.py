"""Addresses to listen on."""

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.addresses import Address, parse_address


@pytest.mark.parametrize("text", ["127.0.0.1:0", "[::1]:7700", "localhost:65535", "0.0.0.0:80"])
def test_an_address_reads_as_it_is_written(text: str) -> None:
    assert str(parse_address(text, setting="LISTEN")) == text


def test_an_ipv6_host_has_no_brackets() -> None:
    assert parse_address("[::1]:7700", setting="LISTEN") == Address(host="::1", port=7700)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "7700",
        ":7700",
        "127.0.0.1",
        "127.0.0.1:",
        "h:-1",
        "h:65536",
        "h:x",
        "::1:7700",
        "h:²",
        "[]:1",
        "a b:1",
    ],
)
def test_what_is_no_address_is_refused_with_the_settings_name(text: str) -> None:
    with pytest.raises(InvalidInputError, match="LISTEN"):
        parse_address(text, setting="LISTEN")


@pytest.mark.parametrize(
    ("text", "is_loopback"), [("127.0.0.1:1", True), ("[::1]:1", True), ("0.0.0.0:1", False)]
)
def test_who_can_reach_it(text: str, is_loopback: bool) -> None:
    assert parse_address(text, setting="LISTEN").is_loopback == is_loopback
