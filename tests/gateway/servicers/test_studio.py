"""The studio over gRPC."""

from importlib.metadata import version

from bakehouse.v1.studio_pb2 import GetStudioRequest, InstalledService
from tests.gateway.bakery import Bakery, call


async def test_it_says_what_it_is_and_can_do(shop: Bakery) -> None:
    studio = await call(shop.client.studio.GetStudio, GetStudioRequest())
    assert studio.version == version("bakehouse")
    assert list(studio.services) == [InstalledService(name="toy", kinds=["toy.bake"])]
    assert (studio.store.driver, studio.store.ranges, studio.store.presign) == ("directory", True, False)
    assert abs(studio.store.clock_skew_duration.ToTimedelta().total_seconds()) < 60
    assert (studio.limits.message_size_bytes, studio.limits.upload_size_bytes) == (4 << 20, 64 << 30)
    assert (studio.limits.calls_per_second, studio.limits.open_streams) == (500, 100)
