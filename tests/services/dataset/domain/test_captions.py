from typing import Any

import pytest

from bakehouse.dataset_config.entry_fields import ShuffleBlock
from bakehouse.errors import InvalidInputError
from services.dataset.domain.captions import CaptionRules, Said, decode_text
from tests.services.dataset.domain.entries import entry


def captions(
    text: str | None = None, *, name: str = "a.png", listed: tuple[str, ...] = (), **options: Any
) -> list[str]:
    return [*CaptionRules(entry(**options)).captions(Said(name=name, text=text, listed=listed)).texts]


def textfile(text: str | None, **options: Any) -> list[str]:
    return captions(text, caption_strategy="textfile", **options)


def test_a_file_name_is_read_as_words() -> None:
    assert captions(name="dir/a_red_cat.v2.png") == ["a red cat.v2"]


def test_each_line_is_a_caption_and_padding_goes() -> None:
    assert textfile(" one \r\n\n  \ntwo\r\n") == ["one", "two"]
    assert textfile("one") == ["one"]
    assert textfile(" \n") == []
    assert textfile(None) == []


def test_lines_can_be_kept_together() -> None:
    assert textfile("one\ntwo\n", disable_multiline_split=True) == ["one\ntwo"]


def test_the_instance_prompt_goes_before_or_instead() -> None:
    assert textfile("one\ntwo", instance_prompt="sks", prepend_instance_prompt=True) == ["sks one", "sks two"]
    assert textfile("one\ntwo", instance_prompt="sks", only_instance_prompt=True) == ["sks"]
    several: dict[str, Any] = {
        "caption_strategy": "instanceprompt",
        "instance_prompt": ("sks", " ", " a sks "),
    }
    assert captions(**several) == ["sks", "a sks"]


@pytest.mark.parametrize("strategy", ["csv", "huggingface"])
def test_what_is_listed_are_alternatives(strategy: str) -> None:
    assert captions(listed=(" one ", "", "two"), caption_strategy=strategy) == ["one", "two"]
    assert captions("beside", caption_strategy=strategy) == []


def test_class_tokens_are_for_those_who_have_no_words() -> None:
    assert textfile(None, class_tokens="sks cat") == textfile(" \n", class_tokens="sks cat") == ["sks cat"]
    assert textfile("a dog", class_tokens="sks cat") == ["a dog"]
    rules = CaptionRules(entry(caption_strategy="textfile", class_tokens="sks cat"))
    assert rules.captions(Said(name="a.png")).source == "class_tokens"
    assert rules.captions(Said(name="a.png", text="a dog")).source == "textfile"


def test_prefix_and_suffix_stand_around_what_is_said_and_make_nothing_up() -> None:
    around: dict[str, Any] = {"caption_prefix": "photo of", "caption_suffix": "in snow"}
    assert textfile("a dog", **around) == ["photo of a dog in snow"]
    assert textfile(None, **around) == textfile(" ", **around) == []


def test_filters_come_after_the_prompt_and_before_the_prefix() -> None:
    options: dict[str, Any] = {
        "instance_prompt": "arafed",
        "prepend_instance_prompt": True,
        "caption_filter_list": ("arafed ", "s/dog/cat/"),
        "caption_prefix": "arafed",
    }
    assert textfile("dog dog", **options) == ["arafed cat dog"]
    assert textfile("gone", caption_filter_list=("gone",), caption_prefix="a") == []


def test_other_orders_are_alternatives_and_have_the_prompt_before_them() -> None:
    shuffle = ShuffleBlock(enable=True, count=3)
    found = textfile("a, b, c", caption_shuffle=shuffle, instance_prompt="sks", prepend_instance_prompt=True)
    assert found[0] == "sks a, b, c"
    assert len(found) > 1
    assert {caption.partition(" ")[0] for caption in found} == {"sks"}
    assert {frozenset(caption.removeprefix("sks ").split(", ")) for caption in found} == {frozenset("abc")}


def test_a_wrong_filter_is_named_with_its_dataset_and_line() -> None:
    with pytest.raises(
        InvalidInputError, match=r"^dataset cats: caption_filter_list, line 2, '\(a': no regular expression: "
    ):
        CaptionRules(entry(caption_filter_list=("", "(a")))


def test_tags_of_a_booru_become_a_caption() -> None:
    tags = "general:long_hair|character:hatsune_miku\nrating:safe"
    assert textfile(tags, caption_format="booru") == ["hatsune miku, long hair"]
    listed: dict[str, Any] = {"caption_strategy": "csv", "caption_format": "booru"}
    assert captions(listed=("1girl|solo", "meta:x"), **listed) == ["1girl, solo"]


def test_text_is_utf_8_with_or_without_its_mark() -> None:
    assert decode_text(b"\xef\xbb\xbfcaf\xc3\xa9") == decode_text("café".encode())
    with pytest.raises(InvalidInputError, match="save it as UTF-8"):
        decode_text("café".encode("latin-1"))
