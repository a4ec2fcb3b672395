from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from services.dataset.domain.addresses import Allowed, is_public, parse_allowed

# fmt: off
REFUSED = [
    "0.0.0.0", "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
    "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "2002:0a00:0001::1", "2002:7f00:0001::",
    "2001:0:0a00:0001::1",
]
# fmt: on
TAKEN = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_on_the_public_internet_is_refused(address: str) -> None:
    assert not Allowed().has_address(address)


@pytest.mark.parametrize("address", TAKEN)
def test_what_is_on_the_public_internet_is_taken(address: str) -> None:
    assert Allowed().has_address(address)


@given(st.ip_addresses(v=4))
def test_an_address_mapped_into_ipv6_is_judged_as_itself(address: object) -> None:
    plain = ip_address(str(address))
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(plain)
    assert is_public(ip_address(f"64:ff9b::{address}")) == is_public(plain)


def test_networks_and_hosts_may_be_named() -> None:
    allowed = parse_allowed("127.0.0.1, 10.1.0.0/16 ,[::1],CDN.local.")
    assert [
        allowed.has_address(one) for one in ("127.0.0.1", "127.0.0.2", "10.1.2.3", "10.2.0.1", "::1")
    ] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert allowed.has_host("cdn.LOCAL")
    assert not allowed.has_host("x.cdn.local")


@pytest.mark.parametrize("text", ["*.local", "http://cdn.local", "10.0.0.0/40", "cdn.local:80", "a b"])
def test_patterns_and_urls_are_no_hosts(text: str) -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_FETCH_ALLOW"):
        parse_allowed(text)


def test_no_address_is_none() -> None:
    assert not Allowed().has_address("nonsense")
