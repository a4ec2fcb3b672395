"""The demo's recipe."""

from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.recipe.documents import read_document
from demo.baking import RECIPE, demo_recipe
from demo.grammar import CONCEPT, TRIGGER
from demo.pictures import write_pictures
from tests.bakehouse.recipe.kitchen import make_base, make_tagger


def recipe_beside_weights(folder: Path) -> Path:
    (folder / "weights").mkdir(parents=True)
    make_base(folder / "weights" / "tiny-sd15")
    make_tagger(folder / "weights" / "tagger")
    (folder / "recipe.yaml").write_bytes(RECIPE.read_bytes())
    return folder / "recipe.yaml"


def test_the_recipe_is_right_wherever_its_pictures_are(tmp_path: Path) -> None:
    write_pictures(tmp_path / "here")
    recipe = demo_recipe(tmp_path / "here", recipe_beside_weights(tmp_path / "demo"))
    assert [dataset.id for dataset in recipe.datasets] == ["concept", "prior"]
    assert all(isinstance(dataset.source, tuple) and len(dataset.source) > 20 for dataset in recipe.datasets)
    assert (recipe.project, recipe.remarks) == ("demo", ())


def test_the_trigger_stands_for_the_concept_whose_name_is_kept_out() -> None:
    document: Json = read_document(RECIPE)
    assert isinstance(document, dict)
    captioning = document["captioning"]
    assert (captioning["trigger_word"], captioning["undesired_tags"]) == (TRIGGER, [CONCEPT])
    assert captioning["entries"]["prior"]["trigger_word"] == ""
    assert not any(CONCEPT in prompt for prompt in document["sample_prompts"])
