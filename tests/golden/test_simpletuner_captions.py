"""Captions of a source against what SimpleTuner's code gave, but for the white space around them.

Where that code does what nobody wants, what is expected is said here by rule: a table's null is none, a
wrong filter is an error, `s/a/b/` replaces the first match as its document says.
"""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bakehouse.dataset_config.entry_fields import ShuffleBlock
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.filter_lists import read_filter_list
from services.dataset.domain.caption_filters import CaptionFilters
from services.dataset.domain.caption_shuffle import CaptionShuffle
from services.dataset.domain.captions import CaptionRules, Said
from services.dataset.domain.cells import name_of, texts_of
from tests.golden.cases import golden
from tests.services.dataset.domain.entries import entry

CASES = "golden_captions"


def ours(kind: str, given: Mapping[str, Any]) -> list[str]:
    prompt = given.get("instance_prompt")
    rules = CaptionRules(
        entry(
            caption_strategy=kind,
            instance_prompt=tuple(prompt) if isinstance(prompt, list) else prompt,
            only_instance_prompt=not given.get("use_captions", True),
            prepend_instance_prompt=given.get("prepend_instance_prompt", False),
            disable_multiline_split=given.get("disable_multiline_split", False),
        )
    )
    return [*rules.captions(Said(name=given.get("path", "picture.png"), text=given.get("text"))).texts]


def stripped(result: str | list[str]) -> list[str]:
    """Without spaces at the ends, and with single ones between a prompt and what it is put before."""
    found = [result] if isinstance(result, str) else result
    return [re.sub(" +", " ", text.strip()) for text in found if text.strip()]


@pytest.mark.parametrize("kind", ["filename", "textfile", "instanceprompt"])
def test_the_captions_are_ours(kind: str) -> None:
    num_cases, odd = 0, []
    for case in golden("simpletuner", CASES).of(kind):
        num_cases += 1
        given, expected = case["input"], case["expected"]
        if kind == "textfile" and given.get("text") is None:
            expected = {"result": []}  # there a missing file ends the start; here the picture has no caption
        try:
            found: Any = ours(kind, given)
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


def test_the_orders_are_ours() -> None:
    cases = [*golden("simpletuner", CASES).of("shuffle")]
    assert cases
    for case in cases:
        shuffle = CaptionShuffle(rules=ShuffleBlock(**case["input"]["config"]))
        assert [*shuffle.apply(case["input"]["caption"])] == case["expected"]["result"], case["id"]


def is_wrong(filter_: str) -> bool:
    """Whether a filter is a mistake: no regular expression, or a substitution that can't be read."""
    try:
        CaptionFilters([filter_])
    except InvalidInputError:
        return True
    return False


def replaced(filters: Sequence[str], caption: str) -> str:
    """What the documented form `s/a/b/` gives: the first match replaced."""
    for filter_ in filters:
        _, find, replacement, _ = filter_.split("/")
        caption = re.sub(find, replacement, caption, count=1)
    return caption


def test_the_filters_are_ours() -> None:
    odd, num_cases, num_wrong = [], 0, 0
    for case in golden("simpletuner", CASES).of("filter"):
        num_cases += 1
        filters, caption, expected = case["input"]["filters"], case["input"]["caption"], case["expected"]
        if isinstance(filters, str) and filters:  # there ignored
            with pytest.raises(InvalidInputError, match=r"\.txt"):
                read_filter_list(filters, Path())
            continue
        if any(is_wrong(filter_) for filter_ in filters or ()):
            num_wrong += 1
            continue
        if filters and all(filter_.startswith("s/") and filter_.count("/") == 3 for filter_ in filters):
            expected = {"result": replaced(filters, caption)}
        if (found := CaptionFilters(filters or ()).apply(caption)) != expected.get("result"):
            odd.append((case, found))
    assert odd == []
    assert num_wrong < num_cases / 4


def test_wrong_filters_are_those_that_are_no_regular_expressions() -> None:
    """So that the cases above are not let off lightly."""
    wrong = {
        filter_
        for case in golden("simpletuner", CASES).of("filter")
        for filter_ in case["input"]["filters"] or ()
        if isinstance(case["input"]["filters"], list) and is_wrong(filter_)
    }
    for filter_ in wrong:
        parts = filter_.split("/") if filter_.startswith("s/") else ["", filter_]
        if len(parts) <= 4:
            with pytest.raises(re.error):
                re.sub(parts[1], parts[2] if len(parts) > 2 else "", "a")


def test_filters_are_read_from_files(tmp_path: Path) -> None:
    num_cases, odd = 0, []
    for case in golden("simpletuner", CASES).of("filter_file"):
        num_cases += 1
        given = case["input"]
        path = tmp_path / given["filename"]
        if given["content"] is not None:
            path.write_text(given["content"])
        try:
            found = CaptionFilters(read_filter_list(given["filename"], tmp_path)).apply(given["caption"])
        except InvalidInputError as error:
            found = error.message
            # There a table and a file of another kind are ignored.
            if "error" in case["expected"] or path.suffix == ".cfg" or given["content"].startswith("{"):
                continue
        if found != case["expected"].get("result"):
            odd.append((case, found))
    assert odd == []
    assert num_cases


def test_filters_leave_none_where_none_is() -> None:
    for case in golden("simpletuner", CASES).of("filter_batch"):
        filters, batch = CaptionFilters(case["input"]["filters"]), case["input"]["captions"]
        found = [[filters.apply(text) for text in texts_of(captions)] for captions in batch]
        assert len(found) == len(batch)
        expected = [text for text in case["expected"]["result"] if text]
        assert [texts[0] for texts in found if texts] == expected


def test_a_cell_has_the_texts_that_are_in_it() -> None:
    cases = [*golden("simpletuner", CASES).of("normalise")]
    assert cases
    for case in cases:
        assert [*texts_of(case["input"]["payload"])] == case["expected"]["result"]


def test_a_table_has_the_captions_that_are_in_it() -> None:
    num_captions = 0
    for case in golden("simpletuner", CASES).of("parquet_captions"):
        given, expected = case["input"], case["expected"]["result"]
        columns = given["caption_column"]
        for row in given["rows"]:
            cells = [row[column] for column in ([columns] if isinstance(columns, str) else columns)]
            found = [text for cell in cells for text in texts_of(math.nan if cell is None else cell)]
            if not found and given["fallback_caption_column"]:
                found = [*texts_of(row[given["fallback_caption_column"]])]
            name = name_of(row["id"])
            there = expected.get(name if given["identifier_includes_extension"] else name.partition(".")[0])
            wanted = [text for text in texts_of(there) if text != "<NaN>"]
            if wanted or not given["fallback_caption_column"]:
                assert found == wanted, (case["id"], row)
            num_captions += len(wanted)
    assert num_captions
