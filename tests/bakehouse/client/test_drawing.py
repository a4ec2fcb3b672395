"""The drawing of a cut."""

from xml.etree import ElementTree

from bakehouse.client.drawing import Box, draw_cut

SVG = "{http://www.w3.org/2000/svg}"
BOX = Box(left=25.0, top=0.0, width=50.0, height=50.0, bucket=(64, 64))


def drawn(*captions: str) -> ElementTree.Element:
    return ElementTree.fromstring(
        draw_cut("data:image/png;base64,AA", (100, 50), BOX, title="cats/<a>.png", captions=captions)
    )


def test_the_picture_is_there_once_and_seen_twice() -> None:
    root = drawn()
    (picture,) = root.iter(f"{SVG}image")
    assert (picture.get("width"), picture.get("height")) == ("100", "50")
    whole, cut = root.findall(f"{SVG}svg")
    assert (whole.get("viewBox"), cut.get("viewBox")) == ("0 0 100 50", "25 0 50 50")
    assert (whole.get("width"), whole.get("height")) == ("480.0", "240.0")
    assert (cut.get("width"), cut.get("height")) == ("480.0", "480.0")


def test_the_box_is_where_the_cut_is() -> None:
    (frame,) = (path for path in drawn().iter(f"{SVG}path") if path.get("class") == "cut")
    assert frame.get("d") == "M144.00 68.00h240.00v240.00h-240.00z"
    assert 24 + 25 * 4.8 == 144


def test_words_are_words() -> None:
    texts = [text.text for text in drawn("a & b", "two", "three", "four").iter(f"{SVG}text")]
    assert texts == ["cats/<a>.png", "100x50 px", "bucket 64x64", "a & b", "two", "three"]
    assert "(no caption)" in [text.text for text in drawn().iter(f"{SVG}text")]
