from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import belongs
from services.dataset.domain.listing import (
    Listed,
    ListedFile,
    ListedImage,
    MissingFile,
    group_images,
    read_listing,
    renamed,
    write_line,
)

NAMES = st.sets(st.text("ab./_ é", min_size=1, max_size=6).map(lambda stem: f"{stem}.png"))


def listed(*names: str) -> list[ListedFile]:
    return [ListedFile(name=name, digest=digest_bytes(name.encode()), size_bytes=7) for name in sorted(names)]


def grouped(*names: str) -> dict[str, Digest | None]:
    return {
        image.file.name: image.text.digest if image.text else None
        for image in group_images(listed(*names))
        if isinstance(image, ListedImage)
    }


def read(data: bytes) -> list[Listed]:
    return list(read_listing([data], what="dataset cats"))


def test_texts_may_have_another_extension() -> None:
    names = "a.png", "a.txt", "a.caption", "b.png", "b.CAPTION", "c.png", "c.txt"
    images = group_images(listed(*names), caption_extension=".caption")
    assert [
        image.text.name if isinstance(image, ListedImage) and image.text else None for image in images
    ] == [
        "a.caption",
        "b.CAPTION",
        None,
    ]


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


SAID = ListedFile(
    name="a/b.png",
    digest=digest_bytes(b"b"),
    size_bytes=1,
    captions=("a cat", "é"),
    width=8,
    height=9,
    uri="https://x/b",
    etag="e",
)
LOST = MissingFile(name="a/c.png", reason="dead_url", detail="404", uri="https://x/c")


def test_what_a_source_says_of_a_file_is_kept() -> None:
    assert read(write_line(SAID) + write_line(LOST)) == [SAID, LOST]
    assert read(renamed(write_line(LOST), "a/")) == [
        MissingFile(name="c.png", reason="dead_url", detail="404", uri="https://x/c")
    ]


def test_a_line_that_says_nothing_more_is_as_short_as_ever() -> None:
    (plain,) = listed("a.png")
    assert write_line(plain) == b'{"digest":"%s","name":"a.png","size_bytes":7}\n' % plain.digest.encode()


def test_a_picture_that_could_not_be_had_stays_and_a_text_is_told_with_its_picture() -> None:
    (picture,) = listed("a.png")
    lost = [MissingFile(name=name, reason="gone", detail="x") for name in ("a.txt", "b.png", "c.txt")]
    assert list(group_images([picture, *lost])) == [
        ListedImage(file=picture, text=None, missing_text=lost[0]),
        lost[1],
    ]
