from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.manifest.file_names import belongs, split_suffix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.PNG", ("a/b", ".png")),
        ("a.b/c", ("a.b/c", "")),
        (".png", (".png", "")),
        ("a/.png", ("a/.png", "")),
        ("a.tar.gz", ("a.tar", ".gz")),
    ],
)
def test_a_name_is_split_at_its_suffix(name: str, expected: tuple[str, str]) -> None:
    assert split_suffix(name) == expected


@given(st.lists(st.text("ab.A", min_size=1), min_size=1, max_size=3).map("/".join))
def test_it_is_the_suffix_that_pathlib_sees(name: str) -> None:
    last = name.rpartition("/")[2]
    if last.strip(".") and not last.endswith("."):
        assert split_suffix(name)[1] == PurePosixPath(name).suffix.lower()


@pytest.mark.parametrize("name", ["a.png", "a.JPeG", "b/a.txt", "a.webp", "a.HEIC", "a.jxl", "a.psd"])
def test_pictures_and_texts_belong(name: str) -> None:
    assert belongs(name)


@pytest.mark.parametrize("name", ["a.xcf", "a", ".txt", "Thumbs.db", "a.png/b"])
def test_others_do_not(name: str) -> None:
    assert not belongs(name)
