"""The loss curve."""

from xml.etree import ElementTree

import pytest

from demo.report.curve import HEIGHT, WIDTH, draw_curve, moving_mean
from demo.report.story import LossPoint
from tests.demo.report.stories import story


def test_the_mean_moves_with_its_neighbours() -> None:
    assert moving_mean([1.0, 2.0, 6.0], 1) == [1.5, 3.0, 4.0]
    assert moving_mean([1.0, 2.0, 6.0], 0) == [1.0, 2.0, 6.0]


def test_a_curve_is_a_picture_of_every_step() -> None:
    root = ElementTree.fromstring(draw_curve(story().losses))
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    places = [tuple(map(float, place.split(","))) for place in lines[0].attrib["points"].split()]
    assert (len(lines), len(places)) == (2, 20)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert places[0][1] < places[-1][1]  # the loss falls, and y grows downwards


@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_one_step_is_a_curve_too(loss: float) -> None:
    ElementTree.fromstring(draw_curve([LossPoint(step=1, epoch=1, loss=loss)]))


def test_marks_have_their_words() -> None:
    curve = draw_curve(story().losses, {10: "epoch 2", 20: "<epoch 4>"})
    texts = [text.text for text in ElementTree.fromstring(curve).iter("{http://www.w3.org/2000/svg}text")]
    assert {"epoch 2", "<epoch 4>", "loss", "step"} <= set(texts)
