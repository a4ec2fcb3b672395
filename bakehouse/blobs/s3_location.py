"""Where an S3 store is, and how to be let in. Free of minio."""

import re
from dataclasses import dataclass, field

from bakehouse.blobs.port import is_segment
from bakehouse.errors import InvalidInputError

AWS = "https://s3.amazonaws.com"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://[a-zA-Z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Location:
    """A bucket of an endpoint (http(s)://host[:port]), or what lies below `prefix` in it.

    Raises:
        InvalidInputError: a part is missing or malformed; the message names the setting that it comes from.
    """

    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    endpoint: str = AWS
    prefix: str = ""
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        if not _ENDPOINT.fullmatch(self.endpoint):
            raise InvalidInputError(
                f"BAKEHOUSE_S3_ENDPOINT: {self.endpoint!r} is no endpoint; give http(s)://host:port, no path"
            )
        if not _BUCKET.fullmatch(self.bucket):
            raise InvalidInputError(
                f"BAKEHOUSE_STORE_URL: {self.bucket!r} is no bucket; give s3://bucket[/prefix], "
                "the bucket in 3 to 63 of a-z, 0-9, '.' and '-'"
            )
        if not self.access_key or not self.secret_key:
            raise InvalidInputError(
                "S3 needs credentials; set BAKEHOUSE_S3_ACCESS_KEY and BAKEHOUSE_S3_SECRET_KEY"
            )
        if self.prefix and not all(is_segment(name) for name in self.prefix.split("/")):
            raise InvalidInputError(
                f"BAKEHOUSE_STORE_URL: {self.prefix!r} is no prefix; give s3://bucket/prefix, the prefix in "
                "a-z, 0-9, '.', '_', '-' and single '/'"
            )

    def name(self, key: str) -> str:
        """What the object `key` is called in the bucket."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def key(self, name: str) -> str:
        """The key of the object that the bucket calls `name`."""
        return name.removeprefix(f"{self.prefix}/") if self.prefix else name
