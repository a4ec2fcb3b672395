import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.source_names import (
    MAX_NAME_BYTES,
    is_archive,
    is_hidden,
    is_picture_or_text,
    shown,
    trouble_with,
)


@pytest.mark.parametrize("name", ["a.png", "a/b c.JPG", "🎂.webp", "a.b/c.gif", "~a.png", "a" * 255 + ".png"])
def test_plain_names_are_no_trouble(name: str) -> None:
    assert trouble_with(name) == ""
    assert is_picture_or_text(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/etc/a.png", "absolute"),
        ("C:\\a.png", "absolute"),
        ("c:a.png", "absolute"),
        ("../a.png", "leads out"),
        ("a/../../b.png", "leads out"),
        ("a/./b.png", "leads out"),
        ("a//b.png", "empty"),
        ("a\x00.png", "control"),
        ("a\nb.png", "control"),
        ("a\\b.png", "backslashes"),
        ("a\udce9.png", "no text"),
        ("a" * 2000, "2000 bytes"),
    ],
)
def test_other_names_are_refused_and_told(name: str, words: str) -> None:
    assert words in trouble_with(name)
    assert trouble_with(name)


@given(name=st.text(max_size=2000))
def test_what_is_shown_can_be_listed(name: str) -> None:
    text = shown(name)
    assert text
    assert text.isprintable() or not any(ord(letter) < 32 for letter in text)
    assert len(text.encode()) <= MAX_NAME_BYTES


def test_hidden_files_and_archives_are_known() -> None:
    assert is_hidden("a/.b/c.png")
    assert is_hidden("__MACOSX/c.png")
    assert not is_hidden("../c.png")
    assert is_archive("a/b.ZIP")
    assert is_archive("b.tar.gz")
    assert not is_archive(".b.zip")


def test_texts_have_the_extension_that_is_asked_for() -> None:
    assert is_picture_or_text("a.txt")
    assert is_picture_or_text("a.Caption", caption_extension=".caption")
    assert not is_picture_or_text("a.txt", caption_extension=".caption")
