"""Reads a document as plain JSON: YAML, TOML or JSON, by its file's suffix. Knows no recipe.

YAML is read by version 1.2's rules: `no` is text, 1e-4 is a number, 010 is ten. JSON may have comments (`#`,
`//`) and commas before a closing bracket, as SimpleTuner's document has. Decimals become their canonical
text, so that one number has one form; a key that is there twice is an error, in JSON if it says two things.
"""

import json
import re
import tomllib
from collections.abc import Hashable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import yaml

from bakehouse.canonical_json import Json, decimal_text
from bakehouse.errors import InvalidInputError

_MAX_BYTES = 4 << 20
_MAX_DEPTH = 20
_MAX_EXPONENT = 300
_TAG = "tag:yaml.org,2002:"
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = re.compile(rf"{_STRING}|#[^\n]*|//[^\n]*")
_COMMA = re.compile(rf"{_STRING}|,(?=\s*[\]}}])")


def read_document(path: Path) -> Json:
    """What a .yaml, .yml, .toml or .json file says.

    Raises:
        InvalidInputError: it can't be read, or is no such document; the message says where.
    """
    parsers = {".yaml": _from_yaml, ".yml": _from_yaml, ".toml": _from_toml, ".json": _from_json}
    parse = parsers.get(path.suffix.lower())
    if parse is None:
        raise InvalidInputError(f"{path}: no .yaml, .toml or .json file; name it by what is in it")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InvalidInputError(f"{path}: over {_MAX_BYTES >> 20} MiB; is it the right file?")
        return parse(path.read_text(encoding="utf-8-sig"), path)
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}; name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path}: no UTF-8 text at byte {error.start}; save it as UTF-8") from error
    except RecursionError as error:
        raise InvalidInputError(f"{path}: it is nested too deeply; use {_MAX_DEPTH} levels") from error


def _from_yaml(text: str, path: Path) -> Json:
    try:
        return _plain(yaml.load(text, _Loader), path)  # noqa: S506 - a SafeLoader's child
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = str(error.problem)
        remedy = "" if ";" in problem else "; correct the YAML there"
        raise InvalidInputError(f"{path}{place}: {problem}{remedy}") from error
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{path}: {error}; correct the YAML") from error


def _from_toml(text: str, path: Path) -> Json:
    try:
        return _plain(tomllib.loads(text, parse_float=Decimal), path)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{path}: {error}; correct the TOML there") from error


def _from_json(text: str, path: Path) -> Json:
    try:
        try:
            read = _loaded(text)
        except json.JSONDecodeError:
            read = _loaded(_without_additions(text))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError(f"{path}, {place}: {error.msg}; correct the JSON there") from error
    except ValueError as error:
        raise InvalidInputError(f"{path}: {error}; correct the JSON") from error
    return _plain(read, path)


def _loaded(text: str) -> object:
    found: object = json.loads(
        text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_pairs_to_table
    )
    return found


def _without_additions(text: str) -> str:
    """JSON without comments and trailing commas; spaces in their place, so that places stay what they are."""

    def blanked(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else " " * len(match[0])

    return _COMMA.sub(blanked, _COMMENT.sub(blanked, text))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _pairs_to_table(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for key, value in pairs:
        if key in table and table[key] != value:
            raise ValueError(f"key {key!r} is there twice, and says two things")
        table[key] = value
    return table


def _plain(value: object, path: Path, *, depth: int = 0) -> Json:
    if depth > _MAX_DEPTH:
        raise InvalidInputError(f"{path}: it is nested too deeply; use {_MAX_DEPTH} levels")
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            if abs(value.adjusted()) > _MAX_EXPONENT:
                raise InvalidInputError(f"{path}: {value} is no number to train with; correct it")
            return decimal_text(value)
        case date() | datetime() | time():
            return value.isoformat()
        case dict():
            return {key: _plain(entry, path, depth=depth + 1) for key, entry in value.items()}
        case list():
            return [_plain(entry, path, depth=depth + 1) for entry in value]
        case _:
            raise InvalidInputError(f"{path}: {type(value).__name__} has no place here; use text")


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain values, and nothing that makes objects."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way; its parent's are those of YAML 1.1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """A table: each key once, and text."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == f"{_TAG}merge":
                continue
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != f"{_TAG}str":
                raise _refusal(key_node, "a key is no text", "put it in quotes")
            if key_node.value in seen:
                raise _refusal(key_node, f"key {key_node.value!r} is there twice", "keep one")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


def _refusal(node: yaml.Node, problem: str, remedy: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, f"{problem}; {remedy}", node.start_mark)


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_RESOLVERS = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (r"[-+]?[0-9]+", "-+0123456789"),
    "float": (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    "merge": (r"<<", "<"),
}
for _name, (_pattern, _firsts) in _RESOLVERS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern})$"), list(_firsts))
_Loader.add_constructor(f"{_TAG}int", _integer)
_Loader.add_constructor(f"{_TAG}float", _decimal)
