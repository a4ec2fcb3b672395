from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import belongs
from services.dataset.domain.listing import ListedFile, group_images, read_listing, write_line

NAMES = st.sets(st.text("ab./_ é", min_size=1, max_size=6).map(lambda stem: f"{stem}.png"))


def listed(*names: str) -> list[ListedFile]:
    return [ListedFile(name=name, digest=digest_bytes(name.encode()), size_bytes=7) for name in sorted(names)]


def grouped(*names: str) -> dict[str, Digest | None]:
    return {
        image.file.name: image.text.digest if image.text else None for image in group_images(listed(*names))
    }


def read(data: bytes) -> list[ListedFile]:
    return list(read_listing([data], what="dataset cats"))


@given(names=NAMES, size=st.integers(1, 50))
def test_a_listing_is_read_as_it_was_written(names: set[str], size: int) -> None:
    files = listed(*names)
    data = b"".join(map(write_line, files))
    chunks: Iterator[bytes] = (data[at : at + size] for at in range(0, len(data), size))
    assert list(read_listing(chunks, what="dataset cats")) == files


@pytest.mark.parametrize(
    "line", [b"no json\n", b'{"name": "a.png"}\n', b"[]\n", b'{"digest": "12", "name": "a"}\n']
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidInputError, match="dataset cats: line 1 of its listing is none"):
        read(line)


def test_names_are_sorted_and_there_once() -> None:
    one, two = map(write_line, listed("a.png", "b.png"))
    for wrong in (two + one, one + one):
        with pytest.raises(InvalidInputError, match="line 2 of its listing is out of order"):
            read(wrong)


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="more than 64 KiB"):
        list(read_listing([b"x" * 70_000], what="dataset cats"))


def test_a_picture_has_the_text_of_its_name() -> None:
    found = grouped(
        "a/b.png", "a/b.txt", "a/b.c.jpg", "a/b.c.txt", "a/bc.webp", "a/b.md", "d.txt", "e.PNG", "e.TXT"
    )
    texts = {
        name: digest_bytes(text.encode())
        for name, text in (("a/b.png", "a/b.txt"), ("a/b.c.jpg", "a/b.c.txt"))
    }
    assert found == {**texts, "a/bc.webp": None, "e.PNG": digest_bytes(b"e.TXT")}


def test_two_pictures_of_a_name_share_its_text_and_the_exact_spelling_goes_first() -> None:
    found = grouped("a.jpg", "a.png", "a.TXT", "a.txt")
    assert set(found.values()) == {digest_bytes(b"a.txt")}


@given(names=NAMES)
def test_no_picture_is_lost(names: set[str]) -> None:
    assert set(grouped(*names)) == {name for name in names if belongs(name)}
