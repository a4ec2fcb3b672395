"""Captions of a source against what SimpleTuner's code gave, but for the white space around them."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.captions import captions_of
from services.dataset.domain.entry import EntrySpec
from tests.golden.cases import golden


def ours(kind: str, given: Mapping[str, Any]) -> list[str]:
    prompt = given.get("instance_prompt")
    entry = EntrySpec(
        id="golden",
        listing="0" * 64,
        caption_strategy=kind,  # type: ignore[arg-type]  # one of the kinds below
        instance_prompt=tuple(prompt) if isinstance(prompt, list) else prompt,
        only_instance_prompt=not given.get("use_captions", True),
        prepend_instance_prompt=given.get("prepend_instance_prompt", False),
        disable_multiline_split=given.get("disable_multiline_split", False),
    )
    return captions_of(entry, given.get("path", "picture.png"), given.get("text"))


def stripped(result: str | list[str]) -> list[str]:
    """Without spaces at the ends, and with single ones between a prompt and what it is put before."""
    found = [result] if isinstance(result, str) else result
    return [re.sub(" +", " ", text.strip()) for text in found if text.strip()]


@pytest.mark.parametrize("kind", ["filename", "textfile", "instanceprompt"])
def test_the_captions_are_ours(kind: str) -> None:
    num_cases, odd = 0, []
    for case in golden("simpletuner", "golden_captions").of(kind):
        num_cases += 1
        expected = case["expected"]
        if kind == "textfile" and case["input"].get("text") is None:
            expected = {"result": []}  # there a missing file ends the start; here the picture has no caption
        try:
            found: Any = ours(kind, case["input"])
        except InvalidInputError as error:
            found = error
        agrees = (
            isinstance(found, InvalidInputError)
            if "error" in expected
            else stripped(found) == stripped(expected["result"])
        )
        if not agrees:
            odd.append((case, found))
    assert odd == []
    assert num_cases
