"""Which addresses of this machine a studio takes: those asked for, else those of last time, else any free."""

import socket

from bakehouse.errors import StateError
from bakehouse.rpc.addresses import Address, parse_address

_LOOPBACK = "127.0.0.1"


def choose_address(wanted: str, *, kept: str, preferred: int, setting: str) -> Address:
    """Where to listen.

    Args:
        wanted: `host:port` as asked for, port 0 for any; empty for what is best.
        kept: what was chosen last time; empty for never.
        preferred: the port of loopback to try first.
        setting: what errors call `wanted`.

    Raises:
        StateError: it has to be this one, and another program has it.
        InvalidInputError: `wanted` is no address.
    """
    if wanted:
        address = parse_address(wanted, setting=setting)
        if address.port:
            return _required(address, setting)
        before = parse_address(kept, setting=setting) if kept else address
        is_good = before.host == address.host and before.port and is_free(before)
        return before if is_good else _any(address.host)
    if kept:  # clients may know it
        return _required(parse_address(kept, setting=setting), setting)
    address = Address(host=_LOOPBACK, port=preferred)
    return address if is_free(address) else _any(_LOOPBACK)


def choose_port(kept: int) -> int:
    """A port of loopback that nobody outside the studio has to know: that of last time, or any free one."""
    if kept and is_free(Address(host=_LOOPBACK, port=kept)):
        return kept
    return _any(_LOOPBACK).port


def is_free(address: Address) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            listener.bind((address.host, address.port))
            listener.listen()
        except OSError:
            return False
        return True


def _required(address: Address, setting: str) -> Address:
    if not is_free(address):
        raise StateError(
            f"can't listen on {address}: it is in use, or not this machine's; stop what listens there, or "
            f"choose another address by {setting} (port 0: any free one)"
        )
    return address


def _any(host: str) -> Address:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        return Address(host=host, port=listener.getsockname()[1])
