import pytest

from services.dataset.adapters.faces import HaarFaces
from tests.services.dataset.pictures import animation, png, portrait

FACES = HaarFaces()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("size", "at", "edge"),
    [((800, 600), (500, 150), 250), ((300, 200), (20, 0), 200), ((2400, 1600), (1500, 100), 900)],
)
def test_a_face_is_found_where_it_is(
    kind: str, size: tuple[int, int], at: tuple[int, int], edge: int
) -> None:
    found = FACES.find(portrait(*size, at=at, edge=edge, kind=kind))
    assert found is not None
    x, y = found.middle
    assert x == pytest.approx(at[0] + edge / 2, abs=edge / 10)
    assert y == pytest.approx(at[1] + edge / 2, abs=edge / 10)
    assert edge / 2 < found.width < edge


@pytest.mark.parametrize("picture", [png(), png(3000, 1), png(1, 1), animation()])
def test_where_there_is_none_none_is_found(picture: bytes) -> None:
    assert FACES.find(picture) is None


def test_it_is_the_same_each_time() -> None:
    picture = portrait(640, 480, at=(100, 100), edge=300)
    assert FACES.find(picture) == FACES.find(picture) == HaarFaces().find(picture)
