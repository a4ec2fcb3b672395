"""What this studio is and can do: gathered once, at the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from bakehouse.blobs.port import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most of anything."""

    message_size_bytes: int
    upload_size_bytes: int
    calls_per_second: float
    open_streams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The studio. `kinds` has the kinds of job of each service, by its name; `store` what a probe found."""

    version: str
    store: Capabilities
    kinds: Mapping[str, Sequence[str]]
    limits: Limits


def this_studio(store: Capabilities, kinds: Mapping[str, Sequence[str]], limits: Limits) -> Studio:
    """The studio, of the version that is installed."""
    return Studio(version=version("bakehouse"), store=store, kinds=kinds, limits=limits)
