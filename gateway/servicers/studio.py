"""bakehouse.v1.StudioService."""

from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.v1 import studio_pb2
from bakehouse.v1.studio_pb2_grpc import StudioServiceServicer
from gateway import convert
from gateway.studio import Studio


class StudioServicer(StudioServiceServicer):
    """The studio over gRPC. It does not change while the process lives."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @override
    async def GetStudio(self, request: studio_pb2.GetStudioRequest, context: Context) -> studio_pb2.Studio:
        return convert.studio_message(self._studio)
