"""Which network addresses a URL from a stranger's table may lead to: those of the public internet."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from bakehouse.errors import InvalidInputError

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What may be fetched beside the public internet: hosts by their exact names, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: Sequence[IPv4Network | IPv6Network] = ()

    def has_host(self, host: str) -> bool:
        """Whether a URL's host is named, so that its addresses don't count."""
        return host.strip("[]").rstrip(".").lower() in self.hosts

    def has_address(self, address: str) -> bool:
        """Whether an address, as the resolver gives it, may be connected to."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(_is_in(found, network) for network in self.networks) or is_public(found)


def parse_allowed(text: str) -> Allowed:
    """What `BAKEHOUSE_FETCH_ALLOW` says: hosts, addresses and networks by commas.

    Raises:
        InvalidInputError: a part is a pattern or a URL, not a host, an address or a network.
    """
    hosts, networks = set(), []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(part.strip("[]")))
        except ValueError as error:
            if not part.isascii() or set(part) & set("/:*?@ "):
                raise InvalidInputError(
                    f"BAKEHOUSE_FETCH_ALLOW: {part!r}: {error}; give exact hosts, addresses or networks "
                    "such as 10.1.0.0/16"
                ) from error
            hosts.add(part.rstrip(".").lower())
    return Allowed(hosts=frozenset(hosts), networks=tuple(networks))


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and one host's.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by both.
    """
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if address.ipv4_mapped is None and not _is_plainly_public(address) and address not in _NAT64:
            return False
        return all(_is_plainly_public(one) for one in inner) if inner else _is_plainly_public(address)
    return _is_plainly_public(address)


def _is_plainly_public(address: Address) -> bool:
    is_odd = address.is_multicast or address.is_unspecified or address.is_reserved or address.is_link_local
    return address.is_global and not is_odd and not getattr(address, "is_site_local", False)


def _inner(address: IPv6Address) -> Sequence[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    return [one for one in found if one is not None]


def _is_in(address: Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network
