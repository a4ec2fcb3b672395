"""The key of a cached result: SHA-256 of canonical JSON of exactly what the result depends on.

Inputs are digests, integers, decimals as text, and strings that are the matter itself (a caption, a filter's
name). What may differ between two runs that should share a result stays out: paths, hosts, jobs, batch sizes,
devices, versions of libraries. An algorithm whose output changes raises its revision instead.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError

KEY_VERSION = 1

_EXACT = 2**53  # canonical JSON takes integers below it


def compute_key(kind: str, revision: int, inputs: Mapping[str, Json]) -> Digest:
    """The key of one result.

    Args:
        kind: what is cached: `latent`, `text`, `tags` ...
        revision: of the algorithm that makes it.
        inputs: everything else that the result depends on.

    Raises:
        InvalidInputError: the inputs have no canonical JSON.
    """
    return canonical_digest(
        {"kind": kind, "key_version": KEY_VERSION, "revision": revision, "inputs": inputs}
    )


class KeyFormat:
    """The keys of many results of one kind: those that `compute_key` would give, several times faster.

    `constants` are the inputs that all share; `columns` names the others.
    """

    def __init__(
        self, kind: str, revision: int, *, constants: Mapping[str, Json], columns: Sequence[str]
    ) -> None:
        """Compile the text around the columns.

        Raises:
            InvalidInputError: an input is named twice or not in ASCII, a constant has no canonical JSON, or
                there is no column.
        """
        self._columns = sorted(columns)
        names = {*constants, *columns}
        if not columns or len(names) < len(constants) + len(columns):
            raise InvalidInputError(f"key {kind}: name at least one column, and each input once")
        canonical_bytes(dict.fromkeys(names))  # refuses a name that is not ASCII
        values = {name: _escape(canonical_bytes(value)) for name, value in constants.items()}
        fields = [f"{_escape(canonical_bytes(name))}:{values.get(name, '%s')}" for name in sorted(names)]
        rest = canonical_bytes({"key_version": KEY_VERSION, "kind": kind, "revision": revision})
        # "inputs" sorts before the other keys.
        self._template = f'{{"inputs":{{{",".join(fields)}}},{_escape(rest[1:])}'

    def keys(self, columns: Mapping[str, Iterable[Json]]) -> Iterator[Digest]:
        """One key for each row of `columns`, in order.

        Raises:
            InvalidInputError: a value has no canonical JSON, or the columns are not those of the format.
            ValueError: the columns are not equally long.
        """
        if sorted(columns) != self._columns:
            raise InvalidInputError(f"columns {sorted(columns)}; this key is made of {self._columns}")
        template, sha256 = self._template, hashlib.sha256
        texts = [map(_text, columns[name]) for name in self._columns]
        for row in zip(*texts, strict=True):
            try:
                text = (template % row).encode()
            except UnicodeEncodeError as error:
                raise InvalidInputError("text with a lone surrogate has no key; re-encode it") from error
            yield Digest(sha256(text).hexdigest())


def _escape(text: bytes) -> str:
    return text.decode().replace("%", "%%")


def _text(value: Json) -> str:
    """Canonical JSON, with short cuts for what keys are made of."""
    if type(value) is str:
        return encode_basestring(value)
    if type(value) is int and -_EXACT < value < _EXACT:
        return str(value)
    if type(value) is bool:
        return "true" if value else "false"
    return canonical_bytes(value).decode()
