"""The spec of `captioner.tag`, as it comes in a request."""

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.spec import parse_spec
from services.captioner.domain.captioning import Captioning, TagSpec

DIGEST = "a" * 64


def test_entries_have_their_rules_and_others_the_default() -> None:
    data: Json = {
        "tagger": DIGEST,
        "entries": {"cats": {"general_threshold": "0.5", "undesired_tags": ["dog"]}},
        "default": {"existing": "append"},
    }
    spec = parse_spec(TagSpec, data, what="captions")
    assert spec.captioning_of("cats") == Captioning(general_threshold=0.5, undesired_tags=("dog",))
    assert spec.captioning_of("others") == Captioning(existing="append")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"general_treshold": "0.5"}, "general_treshold: unknown; did you mean general_threshold"),
        ({"general_threshold": "35"}, "general_threshold: 35.0; give 0 to 1, or 2 for no such tag"),
        ({"character_threshold": "-0.1"}, "character_threshold: -0.1; give 0 to 1"),
        ({"character_threshold": "nan"}, "character_threshold: nan; give 0 to 1"),
        ({"existing": "kept"}, "should be 'keep', 'replace' or 'append'"),
        ({"undesired_tags": "a, b"}, "undesired_tags: 'a, b': input should be a valid tuple"),
        ({"caption_separator": ""}, "caption_separator: it is empty"),
        ({"trigger_word": "a\nb"}, "has several lines"),
    ],
)
def test_wrong_rules_are_refused(rules: dict[str, Json], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_spec(TagSpec, {"tagger": DIGEST, "default": rules}, what="captions")


def test_a_spec_needs_its_tagger() -> None:
    with pytest.raises(InvalidInputError, match=r"captions\.tagger: missing"):
        parse_spec(TagSpec, {}, what="captions")
    with pytest.raises(InvalidInputError, match="'wd-v3' is no SHA-256"):
        parse_spec(TagSpec, {"tagger": "wd-v3"}, what="captions")
