"""A studio that turns a pile of images into a trained LoRA. `from bakehouse import Client` talks to one."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For type checkers only: see below.
    from bakehouse.client.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> object:
    if name == "Client":
        # Every process imports this package; only who asks for a client shall pay for gRPC.
        from bakehouse.client.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
