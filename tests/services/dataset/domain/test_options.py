from dataclasses import fields
from pathlib import Path

from services.dataset.domain.entry import EntrySpec
from services.dataset.domain.options import ALIASES, OPTIONS, VALUES_NOT_YET, Standing, options_table

README = Path(__file__).parents[4] / "services" / "dataset" / "README.md"


def test_honoured_options_are_the_fields_of_an_entry() -> None:
    honoured = {name for name, option in OPTIONS.items() if option.standing is Standing.HONOURED}
    assert honoured == {field.name for field in fields(EntrySpec)}
    assert set(ALIASES.values()) | set(VALUES_NOT_YET) <= honoured


def test_the_readme_has_the_table() -> None:
    assert "\n".join(options_table()) in README.read_text()
