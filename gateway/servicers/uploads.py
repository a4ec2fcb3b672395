"""bakehouse.v1.UploadService."""

from collections.abc import AsyncIterator

from google.protobuf.empty_pb2 import Empty
from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.v1.upload_pb2 import (
    CompleteUploadRequest,
    CreateUploadRequest,
    DeleteUploadRequest,
    GetUploadRequest,
    SignPartsRequest,
    SignPartsResponse,
    Upload,
    WritePartsRequest,
    WritePartsResponse,
)
from bakehouse.v1.upload_pb2_grpc import UploadServiceServicer
from gateway import convert
from gateway.uploads import convert as convert_uploads
from gateway.uploads.completing import Completion
from gateway.uploads.part_writing import PartWriter
from gateway.uploads.uploads import Uploads


class UploadServicer(UploadServiceServicer):
    """Uploads over gRPC."""

    def __init__(self, uploads: Uploads, writer: PartWriter, completion: Completion) -> None:
        self._uploads = uploads
        self._writer = writer
        self._completion = completion

    @override
    async def CreateUpload(self, request: CreateUploadRequest, context: Context) -> Upload:
        asking = convert.asking(request.request_id, validate_only=request.validate_only)
        project = convert.project_of(request.parent, field="parent")
        wish = convert_uploads.upload_wish(request.upload)
        return convert_uploads.upload_message(await self._uploads.create(project, wish, asking))

    @override
    async def GetUpload(self, request: GetUploadRequest, context: Context) -> Upload:
        ref = convert_uploads.upload_of(request.name)
        return convert_uploads.upload_message(await self._uploads.get(ref))

    @override
    async def SignParts(self, request: SignPartsRequest, context: Context) -> SignPartsResponse:
        ref, ranges = convert_uploads.upload_of(request.name), convert_uploads.part_ranges(request.parts)
        return convert_uploads.signed_message(await self._uploads.sign(ref, ranges))

    @override
    async def WriteParts(
        self, request_iterator: AsyncIterator[WritePartsRequest], context: Context
    ) -> WritePartsResponse:
        upload = await self._writer.write(convert_uploads.pieces(request_iterator))
        return WritePartsResponse(received_parts=convert_uploads.range_messages(upload.received))

    @override
    async def CompleteUpload(self, request: CompleteUploadRequest, context: Context) -> Upload:
        ref = convert_uploads.upload_of(request.name)
        complete = self._completion.preview if request.validate_only else self._completion.complete
        return convert_uploads.upload_message(await complete(ref))

    @override
    async def DeleteUpload(self, request: DeleteUploadRequest, context: Context) -> Empty:
        ref = convert_uploads.upload_of(request.name)
        await self._uploads.delete(ref, validate_only=request.validate_only)
        return Empty()
