"""Golden cases: numbers from running the peers' own code, as `$BAKEHOUSE_GOLDEN_DIR/<peer>/<name>.*.json`.

Files may be in parts (`golden_hash.public.json`, `golden_hash.other.json`): their cases are joined. Names
that no test asks for are left alone.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """The cases of a name, all parts joined. `configs` are what cases refer to by id."""

    meta: Mapping[str, Any]
    configs: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]

    def of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The cases of a kind; the test is skipped where there is none."""
        found = [case for case in self.cases if case.get("kind") == kind]
        if not found:
            pytest.skip(f"no golden case is of kind {kind!r}")
        return iter(found)


def golden(peer: str, name: str) -> Golden:
    """All cases of a name; the test is skipped where there is no file, and fails where a file is empty."""
    return read_golden(Path(os.environ.get("BAKEHOUSE_GOLDEN_DIR", DATA)) / peer, name)


def read_golden(folder: Path, name: str) -> Golden:
    """The same of one peer's folder."""
    parts = sorted(folder.glob(f"{name}.*.json"))
    if not parts:
        pytest.skip(f"no {folder.name}/{name}.*.json in the folder of golden cases")
    contents = [json.loads(path.read_text() or "{}") for path in parts]
    for path, content in zip(parts, contents, strict=True):
        assert content.get("cases"), f"{path.name} has no cases; restore it"
    cases = tuple(case for content in contents for case in content["cases"])
    configs = {name: config for content in contents for name, config in content.get("configs", {}).items()}
    return Golden(meta=_joined(content.get("meta", {}) for content in contents), configs=configs, cases=cases)


def _joined(metas: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the parts say of themselves; tables that several have (sets of keys) are put together."""
    found: dict[str, Any] = {}
    for meta in metas:
        for name, value in meta.items():
            before = found.get(name, {})
            is_table = isinstance(before, dict) and isinstance(value, dict)
            found[name] = {**before, **value} if is_table else value
    return found
