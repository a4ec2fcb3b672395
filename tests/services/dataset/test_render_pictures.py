"""A unit of pictures to make."""

from typing import Any

from typing_extensions import override

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from services.dataset.domain.rendering import Rendering
from services.dataset.ports import Renderer
from services.dataset.render_pictures import RenderWork, render_key
from tests.services.dataset.units import unit


class Upper(Renderer):
    """What it makes is easy to tell."""

    @override
    def render(self, picture: bytes, wanted: Rendering) -> bytes:
        return picture.upper()


def test_a_unit_gives_a_picture_for_each(blobs: Blobs) -> None:
    items: list[Any] = [blobs.put(b"%d a" % number) for number in range(6)]
    work = RenderWork(unit(blobs, items, kind="dataset.render", spec={"pad": "none"}), Upper())
    assert [len(batch) for batch in work.batches] == [4, 2]
    for batch in work.batches:
        assert work.run(batch) == ()
    made = work.close()
    assert {blobs.get(digest) for digest in made.blobs[1:]} == {b"%d A" % number for number in range(6)}


def test_a_unit_of_nothing_gives_nothing(blobs: Blobs) -> None:
    assert RenderWork(unit(blobs, [], spec={}), Upper()).close().outputs is None


def test_what_a_picture_depends_on_is_its_key() -> None:
    picture: Digest = digest_bytes(b"picture")
    square = Rendering(pad="square")
    assert render_key(picture, square) == render_key(picture, Rendering(pad="square", background="#ffffff"))
    keys = {
        render_key(picture, Rendering()),
        render_key(picture, square),
        render_key(digest_bytes(b""), square),
    }
    assert len(keys) == 3
