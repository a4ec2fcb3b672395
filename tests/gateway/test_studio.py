"""What the studio says of itself."""

from importlib.metadata import version

from bakehouse.blobs.port import Capabilities
from gateway.studio import Limits, this_studio

STORE = Capabilities(
    driver="directory",
    conditional_put=False,
    ranges=True,
    presign=False,
    delete_many=True,
    multipart=True,
    clock_skew_s=-0.25,
)
LIMITS = Limits(message_size_bytes=1, upload_size_bytes=2, calls_per_second=3.5, open_streams=4)


def test_it_has_the_version_that_is_installed() -> None:
    assert this_studio(STORE, {}, LIMITS).version == version("bakehouse")
