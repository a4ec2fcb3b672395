import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.cells import MAX_EDGE, edge_of, name_of, texts_of


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        (" a cat ", ("a cat",)),
        (["a cat", "a pet", "a cat", " ", None], ("a cat", "a pet")),
        (b"a cat", ("a cat",)),
        ({"short": "a cat", "long": "a cat on a mat", "score": 3}, ("a cat", "a cat on a mat")),
        ([{"text": "a cat"}, [["deep"]]], ("a cat", "deep")),
        (None, ()),
        (math.nan, ()),
        ("  ", ()),
        (17, ()),
        (b"\xff\xfe", ()),
        ("half \ud83d", ()),
    ],
)
def test_the_texts_of_a_cell(cell: object, texts: tuple[str, ...]) -> None:
    assert texts_of(cell) == texts


@pytest.mark.parametrize(
    ("cell", "edge"),
    [
        (640, 640),
        ("640", 640),
        (" 640.0 ", 640),
        (640.0, 640),
        ([640], 640),
        (["640"], 640),
        (MAX_EDGE + 1, None),
        ([640, 480], None),
        (0, None),
        (-3, None),
        (640.5, None),
        ("640.5", None),
        (True, None),
        (math.nan, None),
        (math.inf, None),
        ("", None),
        ("wide", None),
        ("9" * 5000, None),
        (None, None),
        ([], None),
    ],
)
def test_the_edge_of_a_cell(cell: object, edge: int | None) -> None:
    assert edge_of(cell) == edge


@pytest.mark.parametrize(
    ("cell", "name"),
    [("a.png", "a.png"), (17, "17"), (17.0, "17"), (b"x", "x"), (["x"], "x"), (None, ""), (1.5, "")],
)
def test_the_name_in_a_cell(cell: object, name: str) -> None:
    assert name_of(cell) == name


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(ANYTHING)
def test_whatever_a_cell_holds_it_can_be_read(cell: object) -> None:
    assert all(text and text == text.strip() and text.encode() for text in texts_of(cell))
    assert edge_of(cell) is None or 0 < int(edge_of(cell) or 0) <= MAX_EDGE
    assert isinstance(name_of(cell), str)
