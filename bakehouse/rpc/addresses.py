"""`host:port` as settings give it and servers want it. Resolves nothing."""

import re
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+):(?P<port>[0-9]{1,5})")
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens. An IPv6 `host` is without its brackets; port 0 means any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}


def parse_address(text: str, *, setting: str) -> Address:
    """`text` as an address; `setting` is what an error calls it.

    Raises:
        InvalidInputError: it is not `host:port`.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > _MAX_PORT:
        raise InvalidInputError(
            f"{setting}: {text!r} is no address; use host:port, like 127.0.0.1:0", field=setting
        )
    return Address(host=match["host"].strip("[]"), port=int(match["port"]))
