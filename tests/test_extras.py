"""Each extra alone: what comes with it, and what must not."""

import re
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
# What an extra must not bring, and what of the project it must be able to import.
ABSENT = {
    "": {"torch", "pillow", "onnxruntime", "pyarrow", "nats-py", "minio", "aiohttp"},
    "service": {"torch", "pillow", "onnxruntime", "numpy", "aiohttp"},
    "client": {"torch", "pillow", "onnxruntime", "pyarrow", "nats-py", "minio", "aiohttp"},
    "studio": {"torch", "pillow", "onnxruntime", "numpy", "aiohttp"},
    "gateway": {"torch", "pillow", "onnxruntime", "numpy"},
    "dataset": {"torch", "onnxruntime", "pandas", "datasets"},
    "dataset-hf": {"torch", "onnxruntime"},
    "captioner": {"torch"},
    "captioner-vlm": {"diffusers", "peft"},
    "encoder": {"onnxruntime", "peft"},
    "trainer": {"onnxruntime"},
}
IMPORTS = {
    "": ["bakehouse", "bakehouse.client.client", "bakehouse.rpc.channel"],
    "service": [
        "bakehouse.jobs.roles",
        "bakehouse.manifest.store",
        "bakehouse.cache.index",
        "bakehouse.blobs.s3",
    ],
    "client": ["bakehouse.cli.main"],
    "studio": ["bakehouse.studio.studio", "bakehouse.cli.main"],
    "gateway": ["gateway.bootstrap"],
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(extra: str) -> set[str]:
    """Everything that an extra brings, by the metadata of what is installed here."""
    found: set[tuple[str, str]] = set()
    waiting = [("bakehouse", extra)]
    while waiting:
        name, chosen = waiting.pop()
        if (name, chosen) in found:
            continue
        found.add((name, chosen))
        for line in distribution(name).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": chosen}):
                waiting += [(normal(requirement.name), each) for each in ("", *requirement.extras)]
    return {name for name, _ in found}


@pytest.mark.parametrize("extra", ABSENT)
def test_an_extra_does_not_bring_what_it_must_not(extra: str) -> None:
    assert closure(extra) & ABSENT[extra] == set()


def test_every_extra_is_looked_at() -> None:
    declared = set(distribution("bakehouse").metadata.get_all("Provides-Extra") or [])
    assert declared - {"gpu", "dev"} == set(ABSENT) - {""}


def test_the_lock_holds_all_that_is_declared() -> None:
    locked = {normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    wanted = {Requirement(line).name for line in distribution("bakehouse").requires or []}
    assert {normal(name) for name in wanted} - {"bakehouse"} <= locked


@pytest.mark.extras
@pytest.mark.parametrize("extra", ABSENT)
def test_an_extra_installs_alone(extra: str, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if "torch" in closure(extra):
        subprocess.run([*pip, "torch==2.13.0"], check=True)
    wanted = f"{ROOT}[{extra}]" if extra else str(ROOT)
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", wanted], check=True)
    program = (
        "import importlib, sys\n"
        "from importlib.metadata import distributions\n"
        f"for name in {IMPORTS.get(extra, IMPORTS['service'])!r}:\n"
        "    importlib.import_module(name)\n"
        "print(*{d.metadata['Name'] for d in distributions()})\n"
    )
    done = subprocess.run([python, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert {normal(name) for name in done.stdout.split()} & ABSENT[extra] == set()


@pytest.mark.parametrize(
    "module",
    [
        "bakehouse",
        "bakehouse.client.client",
        "bakehouse.jobs.roles",
        "gateway.bootstrap",
        *(f"services.{name}.bootstrap" for name in ("dataset", "captioner", "encoder", "trainer")),
    ],
)
def test_light_processes_import_nothing_heavy(module: str) -> None:
    """Whatever is installed: an idle process holds neither a model library nor Arrow."""
    program = f"import sys, {module}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    heavy = {"torch", "PIL", "onnxruntime", "numpy", "pyarrow", "transformers", "diffusers"}
    assert set(done.stdout.split()) & heavy == set()
