"""What a recipe may be, as far as the gateway looks."""

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from gateway.pipelines.recipe import MAX_DATASETS, parse_recipe
from tests.gateway.bakes import BASE, PICS, TAGGER, recipe


def test_the_sections_are_read() -> None:
    found = parse_recipe(recipe())
    assert (found.base_model, found.tagger, found.cache_dtype) == (BASE, TAGGER, "float32")
    assert [(dataset.id, dataset.listing) for dataset in found.datasets] == [("pics", PICS)]
    assert found.datasets[0].entry["repeats"] == 3
    assert parse_recipe(recipe(captioning=None)).tagger is None


PIC: dict[str, Json] = {"id": "a", "listing": PICS}
BAD: list[tuple[dict[str, Json], str]] = [
    ({"trainning": {}}, "recipe.trainning: unknown; did you mean training?"),
    ({"base_model": "models/sd15"}, "recipe.base_model: 'models/sd15' is no SHA-256"),
    ({"base_model": None}, "recipe.base_model: missing"),
    ({"training": "fast"}, "recipe.training: 'fast'"),
    ({"cache_dtype": "float8"}, "recipe.cache_dtype"),
    ({"datasets": []}, "recipe.datasets: 0 entries; give 1 to 100"),
    ({"datasets": [PIC] * (MAX_DATASETS + 1)}, "101 entries"),
    ({"datasets": [PIC, PIC]}, "two have the id 'a'"),
    ({"datasets": [{"listing": PICS}]}, r"recipe.datasets\[0\].id: missing"),
    ({"datasets": [{"id": "../a", "listing": PICS}]}, "is no id of a dataset"),
    ({"datasets": [{"id": "a"}]}, r"recipe.datasets\[0\].listing: missing"),
    (
        {"datasets": [{"id": "a", "listing": PICS, "source": {"type": "aws"}}]},
        r"recipe.datasets\[0\].source: there is a listing, too",
    ),
    (
        {"datasets": [{"id": "a", "source": {"type": "zip", "archive": 7}}]},
        r"recipe.datasets\[0\].source.archive: missing or no text",
    ),
    ({"captioning": {"general_threshold": "0.3"}}, "recipe.captioning.tagger: missing"),
    ({"training": {"entries": {}}}, "recipe.training.entries: is filled in by the studio"),
    ({"training": {"comment": "x" * (256 << 10)}}, "use at most 262144"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_what_can_not_be_is_refused(changes: dict[str, Json], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        parse_recipe(recipe(**changes))
    assert caught.value.field == "pipeline.recipe"


TEXT = [
    ({}, False),
    ({"network_train_unet_only": True}, False),
    ({"network_train_unet_only": False}, True),
    ({"network_train_unet_only": False, "text_encoder_lr": "0"}, False),
    ({"network_train_unet_only": False, "text_encoder_lr": "5e-5", "learning_rate": "0"}, True),
    ({"network_train_unet_only": False, "learning_rate": 0}, False),
    ({"network_train_unet_only": False, "learning_rate": "fast"}, True),
]


@pytest.mark.parametrize(("training", "expected"), TEXT)
def test_whether_the_text_encoder_is_trained(training: dict[str, Json], *, expected: bool) -> None:
    assert parse_recipe(recipe(training=training)).trains_text_encoder is expected


def test_a_source_takes_the_place_of_a_listing_and_names_its_blobs() -> None:
    zipped: Json = {"type": "zip", "archive": PICS}
    listed: Json = {"id": "b", "listing": PICS, "table": BASE}
    found = parse_recipe(recipe(datasets=[{"id": "a", "source": zipped}, listed]))
    assert [(dataset.source, dataset.blobs) for dataset in found.datasets] == [
        (zipped, {"source.archive": PICS}),
        (None, {"listing": PICS, "table": BASE}),
    ]
    assert found.sources == {"a": zipped}
