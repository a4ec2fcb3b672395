"""Captioning: rules for all, for those that are not named, and for one dataset."""

from pathlib import Path

import pytest

from bakehouse.canonical_json import Json
from bakehouse.digest import digest_bytes
from bakehouse.recipe.captioning import read_captioning
from bakehouse.recipe.findings import Findings
from tests.bakehouse.recipe.kitchen import make_tagger


def test_a_dataset_has_the_general_rules_and_its_own(tmp_path: Path) -> None:
    make_tagger(tmp_path / "tagger")
    captioning = read_captioning(
        {
            "tagger": "tagger",
            "general_threshold": 0,
            "trigger_word": "zobkin",
            "entries": {"prior": {"trigger_word": "", "existing": "keep"}},
        },
        tmp_path,
        Findings(),
    )
    assert captioning is not None
    assert captioning.default == {"general_threshold": "0", "trigger_word": "zobkin"}
    assert captioning.entries == {"prior": {"general_threshold": "0", "trigger_word": "", "existing": "keep"}}


def test_without_it_captions_are_those_of_the_sources(tmp_path: Path) -> None:
    assert read_captioning(None, tmp_path, Findings()) is None


def test_a_tagger_that_the_studio_has_is_named_by_its_listing(tmp_path: Path) -> None:
    digest = digest_bytes(b"listing")
    captioning = read_captioning({"tagger": digest}, tmp_path, Findings())
    assert captioning is not None
    assert captioning.tagger == digest


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "captioning.tagger: missing"),
        ({"tagger": "gone"}, "gone is not there"),
        ({"tagger": "tagger", "triger_word": "x"}, "did you mean trigger_word?"),
        ({"tagger": "tagger", "entries": {"a": {"exsting": "keep"}}}, "entries.a.exsting: unknown; did you"),
        ({"tagger": "tagger", "entries": []}, "give options by a dataset's id"),
        ({"tagger": "tagger", "default": 3}, "captioning.default: 3 is no table"),
        ("tagger", "captioning: 'tagger' is no table"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, value: Json, words: str) -> None:
    make_tagger(tmp_path / "tagger")
    findings = Findings()
    read_captioning(value, tmp_path, findings)
    assert words in "; ".join(findings.problems)
