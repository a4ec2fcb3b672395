"""`bakehouse prune-source` as users run it, on a gateway that has no snapshot."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bakehouse.cli.main import app
from bakehouse.errors import NotFoundError
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.recipe.kitchen import make_kitchen


def test_what_was_never_baked_can_not_be_pruned(named_gateway: GatewayProcess, tmp_path: Path) -> None:
    recipe = make_kitchen(tmp_path)
    recipe["datasets"][0]["delete_unwanted_images"] = True
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    before = sorted((tmp_path / "concept").iterdir())
    done = CliRunner().invoke(app, ["prune-source", str(tmp_path / "recipe.yaml"), "--confirm", "3"])
    assert isinstance(done.exception, NotFoundError)
    assert "snapshot" in done.exception.message
    assert sorted((tmp_path / "concept").iterdir()) == before


@pytest.mark.parametrize("number", ["-1", "all"])
def test_a_confirmation_is_a_number(number: str) -> None:
    done = CliRunner().invoke(app, ["prune-source", "recipe.yaml", "--confirm", number])
    assert done.exit_code == 2
