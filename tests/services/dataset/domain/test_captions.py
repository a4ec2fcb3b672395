import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.captions import captions_of, decode_text
from tests.services.dataset.domain.entries import entry


def test_a_file_name_is_read_as_words() -> None:
    assert captions_of(entry(), "dir/a_red_cat.v2.png", None) == ["a red cat.v2"]


def test_each_line_is_a_caption_and_padding_goes() -> None:
    spec = entry(caption_strategy="textfile")
    assert captions_of(spec, "a.png", " one \r\n\n  \ntwo\r\n") == ["one", "two"]
    assert captions_of(spec, "a.png", "one") == ["one"]
    assert captions_of(spec, "a.png", " \n") == []
    assert captions_of(spec, "a.png", None) == []


def test_lines_can_be_kept_together() -> None:
    spec = entry(caption_strategy="textfile", disable_multiline_split=True)
    assert captions_of(spec, "a.png", "one\ntwo\n") == ["one\ntwo"]


def test_the_instance_prompt_goes_before_or_instead() -> None:
    prepended = entry(caption_strategy="textfile", instance_prompt="sks", prepend_instance_prompt=True)
    assert captions_of(prepended, "a.png", "one\ntwo") == ["sks one", "sks two"]
    alone = entry(caption_strategy="textfile", instance_prompt="sks", only_instance_prompt=True)
    assert captions_of(alone, "a.png", "one\ntwo") == ["sks"]
    several = entry(caption_strategy="instanceprompt", instance_prompt=("sks", " ", " a sks "))
    assert captions_of(several, "a.png", None) == ["sks", "a sks"]


def test_text_is_utf_8_with_or_without_its_mark() -> None:
    assert decode_text(b"\xef\xbb\xbfcaf\xc3\xa9") == decode_text("café".encode())
    with pytest.raises(InvalidInputError, match="save it as UTF-8"):
        decode_text("café".encode("latin-1"))
