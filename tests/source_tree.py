"""The project's own modules and what they import, read from the source, for the tests of the house."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bakehouse", "gateway", "services", "demo")
GENERATED = "bakehouse.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One source file. `imports` are the dotted names that it imports at its top."""

    name: str
    path: Path
    tree: ast.Module
    imports: tuple[str, ...]
    late_imports: tuple[tuple[str, int], ...]

    @property
    def is_generated(self) -> bool:
        return self.name.startswith(GENERATED + ".")


@cache
def modules() -> dict[str, Module]:
    found = [_read(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {module.name: module for module in found}


def own_imports(module: Module) -> Iterator[str]:
    """The project's modules that a module imports at its top."""
    for name in module.imports:
        if name in modules():
            yield name
        elif (parent := name.rpartition(".")[0]) in modules():
            yield parent


def is_standard(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def _read(path: Path) -> Module:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text())
    top = set(_imports_of(tree.body))
    late = [
        (name, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in tree.body
        for name in _names(node)
    ]
    return Module(name=name, path=path, tree=tree, imports=tuple(sorted(top)), late_imports=tuple(late))


def _imports_of(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _names(node)


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        base = "." * node.level + (node.module or "")
        yield from (f"{base}.{alias.name}" for alias in node.names)
