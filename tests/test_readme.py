"""What README tells a user to write can be baked."""

import re
import textwrap
from pathlib import Path

from bakehouse.recipe.recipe import read_recipe
from demo.pictures import write_pictures
from demo.places import BASE, TAGGER
from tests.source_tree import ROOT


def test_the_recipe_in_the_readme_is_one(tmp_path: Path) -> None:
    found = re.search(r"\n( {4}project: cats\n.*?)\n\S", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found
    write_pictures(tmp_path)
    text = textwrap.dedent(found[1])
    places = {
        "/models/stable-diffusion-v1-5": BASE,
        "/models/wd-v1-4-tagger": TAGGER,
        "/pictures/cat": tmp_path / "concept",
    }
    for written, place in places.items():
        assert written in text
        text = text.replace(written, str(place))
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(text)
    assert read_recipe(recipe).project == "cats"
