"""The command as a process: how it fails, and what it does not load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bakehouse.client.gateway_process import GatewayProcess

ROOT = Path(__file__).parent.parent.parent.parent


def run(
    folder: Path, *arguments: str, code: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder; `code` is run behind it in the same process."""
    program = f"import sys\nsys.argv[1:] = {list(arguments)!r}\nfrom bakehouse.cli.main import main\n"
    program += f"try: main()\nfinally: {code or 'pass'}"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("BAKEHOUSE_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["jobs"], 1),
        (["watch", "a/b/c"], 1),
        (["cancel", "j", "--project", "No!"], 1),
        (["token", "list"], 1),
        (["up", "--listen", "nonsense"], 1),
        (["up", "--store", "ftp://x"], 1),
        (["up", "--services", "nothing.toml"], 1),
        (["bake", "gone.yaml"], 1),
        (["plan", "gone.yaml"], 1),
        (["ls"], 1),
        (["stop", "a/b"], 1),
        (["pull", "x"], 1),
        (["bake"], 2),
        (["pull", "x", "--epoch", "0"], 2),
        (["jobs", "--state", "fried"], 2),
        (["fry"], 2),
        (["watch"], 2),
    ],
)
def test_an_error_is_one_line(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert done.stderr.startswith("bakehouse: ")


def test_no_arguments_show_the_help(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, "status" in done.stdout) == (0, True)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    modules = run(tmp_path, "--help", code="print(*sys.modules)").stdout.split()
    assert {"grpc", "nats", "pydantic", "psutil", "yaml", "rich.live"} & set(modules) == set()


def test_jobs_does_not_load_the_studio(tmp_path: Path, gateway: GatewayProcess) -> None:
    place = {"BAKEHOUSE_ADDRESS": gateway.address, "BAKEHOUSE_TOKEN": gateway.token}
    modules = run(tmp_path, "jobs", code="print(*sys.modules)", **place).stdout.split()
    assert [name for name in modules if name.startswith("bakehouse.studio") or name == "nats"] == []
