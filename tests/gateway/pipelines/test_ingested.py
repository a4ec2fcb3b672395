from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import CorruptionError
from gateway.pipelines.ingested import caption_rules_of, entries_of
from gateway.pipelines.recipe import Recipe, parse_recipe
from tests.gateway.bakes import PICS, TAGGER, digest, recipe

FOLDER: Json = {"type": "folder", "path": "/cats", "kohya_folders": True}
CATS, DOGS = digest("cats"), digest("dogs")
PARTED: dict[str, Any] = {
    "listings": {"pics-cat": CATS, "pics-reg-dog": DOGS},
    "entries": {
        "pics-cat": {"of": "pics", "repeats": 9, "class_tokens": "zobkin cat", "prior": False},
        "pics-reg-dog": {"of": "pics", "repeats": 0, "class_tokens": "dog", "prior": True},
    },
}


def sourced(**entry: Json) -> Recipe:
    datasets: Json = [{"id": "pics", "source": FOLDER, **entry}, {"id": "other", "listing": PICS}]
    rules: Json = {"tagger": TAGGER, "entries": {"pics": {"trigger_word": "zobkin"}}}
    return parse_recipe(recipe(datasets=datasets, captioning=rules))


def test_an_entry_gets_the_listing_of_its_source() -> None:
    found = entries_of(sourced(), {"ingest": {"listings": {"pics": CATS}}})
    assert found == {
        "pics": {"id": "pics", "listing": CATS},
        "other": {"id": "other", "listing": PICS},
    }


def test_before_the_ingest_entries_are_as_the_recipe_has_them() -> None:
    assert entries_of(sourced(), {})["pics"] == {"id": "pics", "source": FOLDER}


def test_kohya_folders_become_entries_that_say_what_the_folders_say() -> None:
    found = entries_of(sourced(crop=True), {"ingest": PARTED})
    common = {"crop": True, "caption_strategy": "textfile"}
    assert list(found) == ["pics-cat", "pics-reg-dog", "other"]
    assert found["pics-cat"] == {
        **common,
        "id": "pics-cat",
        "listing": CATS,
        "repeats": 9,
        "class_tokens": "zobkin cat",
    }
    assert found["pics-reg-dog"]["is_regularisation_data"] is True


def test_what_the_recipe_says_of_captions_goes_first() -> None:
    found = entries_of(sourced(caption_strategy="filename", class_tokens="kitten"), {"ingest": PARTED})
    assert found["pics-cat"]["caption_strategy"] == "filename"
    assert found["pics-cat"]["class_tokens"] == "kitten"


def test_what_an_entry_became_has_its_rules_of_captioning() -> None:
    rules = {"trigger_word": "zobkin"}
    assert caption_rules_of(sourced(), {}) == {"pics": rules}
    found = caption_rules_of(sourced(), {"ingest": PARTED})
    assert found == {"pics": rules, "pics-cat": rules, "pics-reg-dog": rules}


def test_an_ingest_that_gave_no_listing_is_a_bug() -> None:
    with pytest.raises(CorruptionError, match="gave no listing of dataset pics"):
        entries_of(sourced(), {"ingest": {"listings": {}}})
