"""bakehouse.v1.BlobService."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.v1.blob_pb2 import (
    Blob,
    FindMissingBlobsRequest,
    FindMissingBlobsResponse,
    GetBlobRequest,
    ReadBlobRequest,
    ReadBlobResponse,
    SignBlobRequest,
    SignBlobResponse,
)
from bakehouse.v1.blob_pb2_grpc import BlobServiceServicer
from gateway import convert
from gateway.blobs import StoredBlobs
from gateway.uploads import convert as convert_uploads


class BlobServicer(BlobServiceServicer):
    """Blobs over gRPC."""

    def __init__(self, blobs: StoredBlobs) -> None:
        self._blobs = blobs

    @override
    async def GetBlob(self, request: GetBlobRequest, context: Context) -> Blob:
        project, digest = convert_uploads.blob_of(request.name)
        return convert_uploads.blob_message(await self._blobs.get(project, digest))

    @override
    async def FindMissingBlobs(
        self, request: FindMissingBlobsRequest, context: Context
    ) -> FindMissingBlobsResponse:
        project, digests = (
            convert.project_of(request.parent, field="parent"),
            convert_uploads.digests_of(request),
        )
        return FindMissingBlobsResponse(missing_sha256s=await self._blobs.missing(project, digests))

    @override
    async def SignBlob(self, request: SignBlobRequest, context: Context) -> SignBlobResponse:
        project, digest = convert_uploads.blob_of(request.name)
        return convert_uploads.signed_blob(await self._blobs.sign(project, digest))

    @override
    async def ReadBlob(self, request: ReadBlobRequest, context: Context) -> AsyncIterator[ReadBlobResponse]:
        project, digest = convert_uploads.blob_of(request.name)
        data = self._blobs.read(project, digest, offset=request.offset_bytes, limit=request.limit_bytes)
        async with aclosing(data) as pieces:
            async for piece in pieces:
                yield ReadBlobResponse(data=piece)
