"""The page about recipes says what the code takes."""

from pathlib import Path

from bakehouse.recipe.recipe import read_recipe
from bakehouse.recipe.reference import SECTIONS, reference_lines
from tests.bakehouse.recipe.kitchen import make_kitchen

PAGE = (Path(__file__).parents[3] / "docs" / "recipes.md").read_text()


def test_the_page_has_the_keys_of_the_tables() -> None:
    expected = "\n".join(reference_lines()).rstrip()
    assert PAGE.endswith(f"{expected}\n"), "write reference_lines() to the end of docs/recipes.md"


def test_every_key_is_there() -> None:
    lines = "\n".join(reference_lines())
    for section in SECTIONS.values():
        for names in (
            section.honoured,
            section.replaced,
            section.not_yet,
            section.aliases,
            section.elsewhere,
        ):
            assert [name for name in names if f"`{name}`" not in lines] == []


def test_the_example_can_be_baked(tmp_path: Path) -> None:
    make_kitchen(tmp_path)
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "recipe.yaml").write_text(example)
    recipe = read_recipe(tmp_path / "recipe.yaml")
    assert recipe.training["learning_rate"] == "0.0001"
    assert recipe.remarks == ()
