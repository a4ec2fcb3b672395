"""Who may import whom. The rooms and the directions are drawn in docs/architecture.md."""

import itertools
import re
from collections.abc import Iterator

import pytest

from tests.source_tree import Module, is_standard, modules, own_imports

# A library, and the only rooms that may name it.
LIBRARY_ROOMS = {
    "torch": r"bakehouse\.models|services\.(encoder|trainer)|services\.captioner\.adapters|demo",
    "PIL": r"services\.(dataset|captioner|encoder|trainer)|demo",
    "cv2": r"services\.dataset\.adapters",
    "pillow_heif": r"services\.dataset\.adapters",
    "pillow_jxl": r"services\.dataset\.adapters",
    "onnxruntime": r"services\.captioner|demo",
    "nats": r"bakehouse\.jetstream",
    "minio": r"bakehouse\.blobs\.s3\w*|services\.dataset\.adapters\.buckets?(_client)?",
    "urllib3": r"bakehouse\.blobs\.s3\w*|services\.dataset\.adapters\.(bucket_client|web)",
    "datasets": r"services\.dataset\.adapters\.hub_library",
    "pyarrow": r"bakehouse\.(manifest|cache)|services\.\w+\.(domain|adapters)",
    "grpc": r"bakehouse\.(v1|rpc|jobs|client)|gateway|services\.\w+\.(servicer|convert|bootstrap)",
    "bakehouse.v1": r"bakehouse\.(rpc|jobs|client|cli)|gateway|services\.\w+\.(servicer|convert|bootstrap)",
    "aiohttp": r"gateway",
    "typer": r"bakehouse\.cli",
    "rich": r"bakehouse\.cli",
    "bakehouse.models": r"bakehouse\.models|services\.(encoder|trainer)|demo",
}
DOMAIN_MAY_IMPORT = re.compile(
    r"(numpy|torch|pyarrow|regex|bakehouse\.(errors|digest|canonical_json|dataset_config|manifest|families|captions|schedule))\b"
)
FRONTS = r"bakehouse\.(client|cli|studio)\b"  # what people run: nothing below them knows them


def offenders(rule: str, allowed: str) -> Iterator[str]:
    for module in modules().values():
        for name in (*module.imports, *(name for name, _ in module.late_imports)):
            if re.match(rf"{rule}\b", name) and not re.match(rf"(?:{allowed})\b", module.name):
                yield f"{module.name} imports {name}"


@pytest.mark.parametrize("library", LIBRARY_ROOMS)
def test_a_library_stays_in_its_rooms(library: str) -> None:
    own = rf"{LIBRARY_ROOMS[library]}|{re.escape(library)}"
    assert list(offenders(re.escape(library), own)) == []


def test_nothing_shared_knows_the_fronts() -> None:
    found = [
        line for line in offenders(FRONTS, rf"{FRONTS}|demo") if not line.startswith("bakehouse imports")
    ]
    assert found == []  # the package itself offers `from bakehouse import Client`, late


def test_services_do_not_know_each_other_nor_the_gateway() -> None:
    found = []
    for module in modules().values():
        room = re.match(r"services\.\w+", module.name)
        if room:
            others = [n for n in module.imports if re.match(r"services\.|gateway\b", n)]
            found += [f"{module.name} imports {name}" for name in others if not name.startswith(room[0])]
    assert found == []


def test_only_services_know_services() -> None:
    assert list(offenders(r"services", r"services|demo")) == []


def test_only_the_gateway_knows_the_gateway() -> None:
    assert list(offenders(r"gateway", r"gateway|demo")) == []


def test_a_domain_is_pure() -> None:
    found = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if ".domain." in module.name
        for name in module.imports
        if not is_standard(name) and not DOMAIN_MAY_IMPORT.match(name) and ".domain." not in name
    ]
    assert found == []


def test_only_a_bootstrap_names_adapters() -> None:
    found = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if not re.search(r"\.(bootstrap|adapters)\b", module.name)
        for name in module.imports
        if ".adapters" in name
    ]
    assert found == []


def test_there_is_no_cycle() -> None:
    state: dict[str, str] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert state.get(name) != "open", " -> ".join((*path[path.index(name) :], name))
        if name in state:
            return
        state[name] = "open"
        for imported in own_imports(modules()[name]):
            if imported != name:
                visit(imported, (*path, name))
        state[name] = "closed"

    for name in modules():
        visit(name, ())


def test_imports_are_absolute() -> None:
    found = [module.name for module in modules().values() if any(n.startswith(".") for n in module.imports)]
    assert found == []


def has_reason(module: Module, line: int) -> bool:
    """A comment in its line, or over the run of imports that it is in."""
    lines = module.path.read_text().splitlines()
    if "#" in lines[line - 1]:
        return True
    above = itertools.dropwhile(lambda text: text.startswith(("import ", "from ")), _upwards(lines, line))
    return next(above, "").startswith("#")


def _upwards(lines: list[str], line: int) -> Iterator[str]:
    return (lines[number - 1].strip() for number in range(line - 1, 0, -1))


def test_an_import_inside_a_function_has_its_reason_beside_it() -> None:
    found = [
        f"{module.path.name}:{line} imports {name}"
        for module in modules().values()
        if not module.is_generated
        for name, line in module.late_imports
        if not has_reason(module, line)
    ]
    assert found == []
