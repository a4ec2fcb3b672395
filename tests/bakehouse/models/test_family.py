from bakehouse.families import FAMILIES
from bakehouse.models import loading
from bakehouse.models.family import Family, ModelParts


def test_every_family_can_be_loaded() -> None:
    families: dict[str, Family] = dict(loading.FAMILIES)
    assert {name: family.facts for name, family in families.items()} == dict(FAMILIES)


def test_the_parts_of_a_family_are_its_components() -> None:
    offered = {name for name in vars(ModelParts) if not name.startswith("_")}
    assert all(set(facts.components) <= offered for facts in FAMILIES.values())
