from bakehouse.blobs.blobs import Blobs
from services.dataset.adapters.sink import Sink
from services.dataset.adapters.web.pictures import WebPictures
from services.dataset.domain.addresses import parse_allowed
from services.dataset.domain.retrying import FetchLimits
from services.dataset.ports import Fetched
from tests.services.dataset.pictures import png
from tests.services.dataset.web_server import file, web_server


def test_pictures_are_fetched_and_made_smaller(blobs: Blobs) -> None:
    web = WebPictures(parse_allowed("127.0.0.1"), FetchLimits())

    def put(sink: Sink, etag: str) -> Fetched:
        return sink.store(blobs, etag=etag)

    with web_server() as server:
        server.replies["/a"] = file(png(80), ETag="7")
        fetched = web.download(server.url("/a"), put)
    assert blobs.get(fetched.digest) == png(80)
    assert fetched.etag == "7"
    assert web.shrink(png(200), 64) is not None
