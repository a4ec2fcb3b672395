"""From settings to a store: the one place that knows both drivers."""

from pathlib import Path

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import ObjectStore
from bakehouse.blobs.s3_location import AWS, S3Location
from bakehouse.blobs.signing import UrlSigner
from bakehouse.errors import InvalidInputError
from bakehouse.settings import ProcessSettings


def open_store(settings: ProcessSettings, *, signer: UrlSigner | None = None) -> ObjectStore:
    """The store that `BAKEHOUSE_STORE_URL` names. Nothing is created or connected yet.

    Args:
        settings: where the store is, and the keys to it.
        signer: makes the URLs into a directory; S3 signs its own.

    Raises:
        InvalidInputError: a setting is missing or malformed; the message names it.
    """
    scheme, _, place = settings.store_url.partition("://")
    match scheme:
        case "dir" if place.startswith("/"):
            return DirectoryStore(Path(place), signer=signer)
        case "s3":
            bucket, _, prefix = place.partition("/")
            return _s3(settings, bucket=bucket, prefix=prefix.rstrip("/"))
        case _:
            raise InvalidInputError(
                f"BAKEHOUSE_STORE_URL: {settings.store_url!r} is no store; give dir:///absolute/path or "
                "s3://bucket[/prefix]",
                field="BAKEHOUSE_STORE_URL",
            )


def _s3(settings: ProcessSettings, *, bucket: str, prefix: str) -> ObjectStore:
    from bakehouse.blobs.s3 import S3Store  # minio and urllib3: 7 MiB that a process with a directory saves

    return S3Store(
        S3Location(
            endpoint=settings.s3_endpoint.rstrip("/") or AWS,
            bucket=bucket,
            prefix=prefix,
            region=settings.s3_region,
            access_key=settings.s3_access_key.get_secret_value(),
            secret_key=settings.s3_secret_key.get_secret_value(),
        )
    )
