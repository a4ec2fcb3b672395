"""Signature V4 in a URL's query, with the size of a PUT among what is signed, which minio-py does not offer.

Source: AWS, "Authenticating requests: using query parameters (AWS Signature Version 4)".
"""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import SplitResult, quote

from bakehouse.blobs.s3_location import S3Location

_ALGORITHM = "AWS4-HMAC-SHA256"


def presign(
    url: SplitResult,
    location: S3Location,
    *,
    method: str,
    at: datetime,
    expires_s: int,
    size_bytes: int | None,
) -> str:
    """`url`, good for `method` for `expires_s` from `at` (UTC) on.

    With a size, only a request whose Content-Length says just that is let in.
    """
    headers = {"host": url.netloc}
    if size_bytes is not None:
        headers["content-length"] = str(size_bytes)
    names = ";".join(sorted(headers))
    scope = f"{at:%Y%m%d}/{location.region}/s3/aws4_request"
    parameters = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{location.access_key}/{scope}",
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(expires_s),
        "X-Amz-SignedHeaders": names,
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    request = "\n".join([method, url.path, query, *lines, "", names, "UNSIGNED-PAYLOAD"])
    digest = hashlib.sha256(request.encode()).hexdigest()
    statement = "\n".join([_ALGORITHM, parameters["X-Amz-Date"], scope, digest])
    key = f"AWS4{location.secret_key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, statement.encode(), "sha256").hex()
    return f"{url.scheme}://{url.netloc}{url.path}?{query}&X-Amz-Signature={signature}"
