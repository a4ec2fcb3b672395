"""Etags: a resource's revision as clients see it (AIP-154). What a revision is, the registry knows."""

from bakehouse.errors import StaleError


def etag_of(revision: int) -> str:
    """The etag of a revision."""
    return f"r{revision}"


def check_etag(etag: str, *, revision: int, name: str) -> None:
    """Pass if a client's etag is that of the current `revision` of the resource `name`, or empty.

    Raises:
        StaleError: someone has changed the resource since.
    """
    current = etag_of(revision)
    if etag and etag != current:
        raise StaleError(
            f"{name} has changed: etag {etag[:40]!r} was given, {current!r} is current; read it anew",
            fields={"resource": name, "etag": etag, "current_etag": current},
        )
