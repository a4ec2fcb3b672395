"""Objects of an S3 bucket below a prefix, as a source. An object that changes has another ETag."""

import json
from collections.abc import Iterator, Mapping

from minio.datatypes import Object

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.secret_values import SecretValues
from services.dataset.adapters.bucket_client import AWS, BucketClient, BucketError, BucketKeys, Patience
from services.dataset.adapters.sink import Sink
from services.dataset.domain.decoding import MAX_FILE_BYTES
from services.dataset.domain.source_names import is_archive, is_picture_or_text, shown, trouble_with
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import BucketSpec

_REASONS = {"NoSuchKey": "gone", "PreconditionFailed": "changed"}


class BucketSource:
    """The pictures and texts of a bucket. Names are keys without the prefix, which ends with "/"."""

    def __init__(self, spec: BucketSpec, client: BucketClient) -> None:
        self._client = client
        self._prefix = f"{spec.prefix.strip('/')}/" if spec.prefix.strip("/") else ""
        self._caption_extension = spec.caption_extension

    @property
    def identity(self) -> Mapping[str, Json]:
        """See `services.dataset.ports.Source`. The key is in the tokens: entries may share objects."""
        return {"type": "aws", "endpoint": self._client.endpoint, "bucket": self._client.bucket}

    @property
    def name(self) -> str:
        """See `services.dataset.ports.Source`."""
        return self._prefix.rstrip("/").rpartition("/")[2]

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """See `services.dataset.ports.Source`."""
        try:
            for found in self._client.objects(self._prefix):
                key = found.object_name or ""
                name = key.removeprefix(self._prefix)
                if name.endswith("/") or not name:  # a folder, as some tools make one
                    continue
                if is_picture_or_text(name, caption_extension=self._caption_extension):
                    yield self._seen(found, key, name)
                elif is_archive(name):
                    detail = "an archive in a bucket is not opened; unpack it"
                    yield self._refused(key, name, "nested_archive", detail)
        except BucketError as error:
            raise InvalidInputError(error.detail, field="sources") from error

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """See `services.dataset.ports.Source`. No failure lasts: access and storage classes change."""
        key, etag, size_bytes = json.loads(item.place)
        try:
            with Sink(most_bytes=MAX_FILE_BYTES) as sink:
                for piece in self._client.pieces(key, etag=etag, size_bytes=size_bytes):
                    sink.write(piece)
                return sink.store(blobs, etag=etag)
        except BucketError as error:
            reason = "refused" if error.is_refusal else _REASONS.get(error.code, "unavailable")
            raise FetchFailedError(reason, error.detail, is_lasting=False) from error

    def _seen(self, found: Object, key: str, name: str) -> SourceItem | RefusedItem:
        if trouble := trouble_with(name):
            return self._refused(key, name, "unsafe_name", f"{trouble}; rename the object")
        size_bytes, etag = found.size or 0, (found.etag or "").strip('"')
        if size_bytes > MAX_FILE_BYTES:
            return self._refused(key, name, "too_large", f"over {MAX_FILE_BYTES >> 20} MiB; make it smaller")
        return SourceItem(
            name=name,
            token=f"{key}\n{etag}\n{size_bytes}",
            place=json.dumps([key, etag, size_bytes]),
            uri=self._uri(key),
        )

    def _refused(self, key: str, name: str, reason: str, detail: str) -> RefusedItem:
        return RefusedItem(name=shown(name), reason=reason, detail=detail, uri=shown(self._uri(key)))

    def _uri(self, key: str) -> str:
        return f"s3://{self._client.bucket}/{key}"


class Buckets:
    """Opens buckets, with the keys that a source names, else with the service's own, else without any."""

    def __init__(
        self, secrets: SecretValues, own: BucketKeys | None, *, patience: Patience | None = None
    ) -> None:
        self._secrets = secrets
        self._own = own
        self._patience = patience

    def open(self, spec: BucketSpec) -> BucketSource:
        """A bucket; nobody is asked yet.

        Raises:
            InvalidInputError: the service has no such key.
        """
        client = BucketClient(
            bucket=spec.bucket,
            endpoint=spec.endpoint_url or AWS,
            region=spec.region,
            keys=self._keys(spec),
            patience=self._patience,
        )
        return BucketSource(spec, client)

    def _keys(self, spec: BucketSpec) -> BucketKeys | None:
        if spec.access_key_id is None or spec.secret_access_key is None:
            return self._own
        return BucketKeys(
            access_key=self._secrets.resolve(spec.access_key_id),
            secret_key=self._secrets.resolve(spec.secret_access_key),
        )
