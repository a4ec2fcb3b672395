"""Between the messages of uploads and blobs and what use cases take and give."""

from collections.abc import AsyncIterator, Iterable

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.etags import etag_of
from bakehouse.rpc.names import BLOBS, UPLOADS, ResourceName, parse_name
from bakehouse.v1 import blob_pb2, upload_pb2
from gateway import blobs
from gateway.blobs import Blob
from gateway.convert import timestamp, timestamp_of
from gateway.uploads.part_writing import Piece
from gateway.uploads.record import PartRange, Upload, UploadState, UploadWish
from gateway.uploads.uploads import SignedPart, upload_ref
from gateway.urls import SignedUrl

_STATES = {
    UploadState.OPEN: upload_pb2.Upload.STATE_OPEN,
    UploadState.COMPLETE: upload_pb2.Upload.STATE_COMPLETE,
}


def upload_of(text: str) -> ResourceRef:
    """The upload that a request names."""
    name = parse_name(text, UPLOADS)
    return upload_ref(name.project, name.id)


def upload_wish(message: upload_pb2.Upload) -> UploadWish:
    """The upload that a request wants."""
    return UploadWish(
        size_bytes=message.size_bytes,
        digest=parse_digest(message.sha256, field="upload.sha256"),
        content_type=message.content_type,
        filename=message.filename,
    )


def upload_message(upload: Upload) -> upload_pb2.Upload:
    """An upload as the API shows it."""
    body = upload.body
    return upload_pb2.Upload(
        name=str(upload.name),
        state=_STATES[body.state],
        size_bytes=body.size_bytes,
        sha256=body.digest,
        content_type=body.content_type,
        filename=body.filename,
        part_size_bytes=body.part_size_bytes,
        received_parts=range_messages(upload.received),
        blob=str(blobs.name_of(upload.resource.project, body.digest)),
        create_time=timestamp(upload.resource.create_time),
        expire_time=timestamp(body.expire_time),
        etag=etag_of(upload.resource.version),
    )


def part_ranges(messages: Iterable[upload_pb2.PartRange]) -> list[PartRange]:
    """The parts that a request names."""
    ranges = [PartRange(message.first, message.last) for message in messages]
    for span in ranges:
        if span.first > span.last:
            raise InvalidInputError(
                f"parts: {span.first} to {span.last} is no range; `first` is not behind `last`", field="parts"
            )
    return ranges


def range_messages(ranges: Iterable[PartRange]) -> list[upload_pb2.PartRange]:
    """Ranges as the API shows them."""
    return [upload_pb2.PartRange(first=span.first, last=span.last) for span in ranges]


async def pieces(messages: AsyncIterator[upload_pb2.WritePartsRequest]) -> AsyncIterator[Piece]:
    """The pieces that a stream of requests brings."""
    async for message in messages:
        yield Piece(
            upload=upload_of(message.name) if message.name else None,
            part=message.part,
            offset_bytes=message.offset_bytes,
            data=message.data,
            crc32c=message.crc32c,
        )


def signed_message(parts: Iterable[SignedPart]) -> upload_pb2.SignPartsResponse:
    """URLs for parts; the answer expires with the first of them."""
    signed = list(parts)
    return upload_pb2.SignPartsResponse(
        parts=[
            upload_pb2.SignedPart(part=entry.part, url=entry.url.url, size_bytes=entry.size_bytes)
            for entry in signed
        ],
        expire_time=timestamp_of(min(entry.url.expire_time for entry in signed)) if signed else None,
    )


def blob_of(text: str) -> tuple[str, Digest]:
    """Project and digest of the blob that a request names."""
    name: ResourceName = parse_name(text, BLOBS)
    return name.project, Digest(name.id)


def digests_of(request: blob_pb2.FindMissingBlobsRequest) -> list[Digest]:
    """The blobs that a request asks for."""
    return [parse_digest(text, field=f"sha256s[{i}]") for i, text in enumerate(request.sha256s)]


def blob_message(blob: Blob) -> blob_pb2.Blob:
    """A blob as the API shows it."""
    return blob_pb2.Blob(name=str(blob.name), size_bytes=blob.size_bytes, sha256=blob.digest)


def signed_blob(url: SignedUrl) -> blob_pb2.SignBlobResponse:
    """A URL of a blob."""
    return blob_pb2.SignBlobResponse(url=url.url, expire_time=timestamp_of(url.expire_time))
