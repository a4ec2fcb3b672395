"""How files are named, how long they are, and that each has its test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_tree import ROOT, Module, modules

MAX_LINES = 400
BANNED = re.compile(r"utils?|helpers?|common|misc|base|core|managers?|handlers?")
# Sources without a behaviour of their own: declarations, and programs that an end-to-end test runs.
WITHOUT_TEST = re.compile(r"(^|\.)(__init__|__main__|settings|ports?|shapes|pipe|stage|bootstrap)$")
# Tests that belong to no single file.
TEST_ROOMS = ("contracts", "golden", "faults", "e2e", "toy", "tools", "deploy")

OURS = [module for module in modules().values() if not module.is_generated]


def all_files(pattern: str) -> Iterator[Path]:
    for path in ROOT.rglob(pattern):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in {"node_modules", "build"} for part in parts):
            yield path


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in all_files("*.py")
        if "bakehouse/v1/" not in str(path) and (count := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_no_name_says_nothing() -> None:
    banned = [path for path in all_files("*") if BANNED.fullmatch(path.stem)]
    assert banned == []


def test_every_source_has_its_test() -> None:
    missing = [
        module.name
        for module in OURS
        if not WITHOUT_TEST.search(module.name)
        and module.path.name != "__init__.py"
        and not test_of(module).exists()
    ]
    assert missing == []


def test_of(module: Module) -> Path:
    relative = module.path.relative_to(ROOT)
    return ROOT / "tests" / relative.parent / f"test_{relative.name}"


test_of.__test__ = False  # type: ignore[attr-defined]  # its name is about tests, it is none


def test_every_test_has_its_source() -> None:
    orphans = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        relative = path.relative_to(ROOT / "tests")
        if len(relative.parts) == 1 or relative.parts[0] in TEST_ROOMS:
            continue
        source = ROOT / relative.parent / relative.name.removeprefix("test_")
        if not source.exists():
            orphans.append(str(relative))
    assert orphans == []


def test_every_module_says_what_it_is_for() -> None:
    assert [module.name for module in OURS if not ast.get_docstring(module.tree)] == []


def undocumented(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            bodies = [node, *node.body] if not node.name.startswith("_") else []
        else:
            bodies = list(node.body) if isinstance(node, ast.Module) else []
        defined = [e for e in bodies if isinstance(e, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        for entry in defined:
            is_rpc = isinstance(entry, ast.AsyncFunctionDef) and entry.name[0].isupper()  # see the proto
            if not entry.name.startswith("_") and not ast.get_docstring(entry) and not is_rpc:
                yield f"{module.name}:{entry.lineno} {entry.name}"


def test_everything_public_has_a_docstring() -> None:
    assert [place for module in OURS for place in undocumented(module)] == []


def test_no_test_patches_what_it_tests() -> None:
    banned = re.compile(r"unittest\.mock|\bpatch\(|monkeypatch\.setattr|MagicMock")
    found = [str(path) for path in (ROOT / "tests").rglob("*.py") if path.name != "test_tree.py"]
    assert [path for path in found if banned.search(Path(path).read_text())] == []


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_a_document_names_only_files_that_are_there(document: str) -> None:
    text = (ROOT / document).read_text()
    named = re.findall(r"`([\w./-]+\.(?:py|md|toml|proto|txt|yaml))`", text)
    folders = re.findall(r"`([\w./-]+/)`", text)
    anywhere = {path.name for path in all_files("*")} | {"service.toml"}
    missing = [name for name in named if name not in anywhere and not (ROOT / name).exists()]
    missing += [name for name in folders if not (ROOT / name).is_dir() and not name.startswith("services/")]
    assert named
    assert missing == []
