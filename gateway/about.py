"""Puts the API's name of a resource into errors from rooms that know only ids."""

from collections.abc import Iterator
from contextlib import contextmanager

from bakehouse.errors import BakehouseError
from bakehouse.rpc.names import ResourceName


@contextmanager
def about(name: ResourceName) -> Iterator[None]:
    """Errors that leave say which resource they are about, so that clients get a ResourceInfo."""
    try:
        yield
    except BakehouseError as error:
        error.fields.setdefault("resource", str(name))
        raise
