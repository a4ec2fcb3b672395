from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.topology import installed_services, load_services
from tests.conftest import TOY

GOOD = 'name = "s"\nmodule = "m"\n[kinds.k]\npool = "p"\n[pools.p]\n'


def test_the_toy() -> None:
    toy = load_services([TOY])["toy"]
    assert toy.pool_of("toy.bake").name == "cpu"


def test_every_installed_service_loads() -> None:
    load_services(installed_services())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace('"p"', '"q"'), "names pool 'q'"),
        (GOOD.replace('name = "s"', 'name = "S"'), "no id"),
        (GOOD.replace("module", "modul"), "'module'"),
        (GOOD + "speed = 3\n", "speed"),
        ("name =", "needs name, module"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "service.toml"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=message) as caught:
        load_services([path])
    assert str(path) in caught.value.message


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_SERVICES"):
        load_services([tmp_path / "service.toml"])
