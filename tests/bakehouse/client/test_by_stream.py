"""Parts sent through the API's own stream."""

from pathlib import Path

import pytest

from bakehouse.client.by_stream import send_by_stream
from bakehouse.client.parts import source_of
from bakehouse.errors import InvalidInputError
from bakehouse.rpc.channel import open_channel
from bakehouse.v1.upload_pb2 import CreateUploadRequest, GetUploadRequest, Upload
from bakehouse.v1.upload_pb2_grpc import UploadServiceStub
from tests.bakehouse.client.gateway_process import GatewayProcess


def test_only_the_parts_that_are_named_are_sent(gateway: GatewayProcess) -> None:
    source = source_of(b"stream" + bytes(20 << 20))
    with open_channel(gateway.address, token=gateway.token) as channel:
        stub = UploadServiceStub(channel)
        wish = Upload(size_bytes=source.size_bytes, sha256=source.digest)
        upload = stub.CreateUpload(CreateUploadRequest(parent="projects/default", upload=wish))
        send_by_stream(stub.WriteParts, upload, source, [0, 2])
        received = stub.GetUpload(GetUploadRequest(name=upload.name)).received_parts
    assert [(span.first, span.last) for span in received] == [(0, 0), (2, 2)]


def test_a_source_that_changed_ends_the_call_with_that(gateway: GatewayProcess, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"changing")
    source = source_of(path)
    path.write_bytes(b"short")
    with open_channel(gateway.address, token=gateway.token) as channel:
        stub = UploadServiceStub(channel)
        wish = Upload(size_bytes=source.size_bytes, sha256=source.digest)
        upload = stub.CreateUpload(CreateUploadRequest(parent="projects/default", upload=wish))
        with pytest.raises(InvalidInputError, match="changed"):
            send_by_stream(stub.WriteParts, upload, source, [0])
