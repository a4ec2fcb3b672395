"""A manifest: the small immutable header over its tables, as a value and as canonical JSON. Pure.

It has two digests: that of its bytes, to fetch it, and `content`, its identity, which leaves out where and in
which Parquet bytes the rows are. No clock, host, path or job can get in: there is no field for one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError, StateError
from bakehouse.manifest.schema import SCHEMA
from bakehouse.manifest.table import TableRef

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRef:
    """A stored manifest: the blob to fetch, and what it says."""

    blob: Digest
    content: Digest

    def __post_init__(self) -> None:
        parse_digest(self.blob, field="blob")
        parse_digest(self.content, field="content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one stage made of its parents.

    `spec` is the digest of what the stage was asked for, `revision` that of its algorithm. `extra` has the
    keys of a newer header that this program does not know; they are kept, and belong to the identity.
    """

    stage: str
    revision: int
    spec: Digest
    parents: tuple[ManifestRef, ...] = ()
    tables: Mapping[str, TableRef]
    extra: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parse_digest(self.spec, field="spec")
        for name in (self.stage, *self.tables):
            if not _NAME.fullmatch(name):
                raise InvalidInputError(f"{name!r} is no name of a stage or table; use a-z, 0-9 and '_'")
        if self.revision < 1:
            raise InvalidInputError(f"stage {self.stage}: revision {self.revision}; count from 1")
        if clash := self.extra.keys() & _KEYS:
            raise InvalidInputError(f"extra header keys {sorted(clash)} have a meaning; rename them")

    @property
    def content(self) -> Digest:
        """The identity: equal for equal rows, stage, spec and ancestors."""
        tables: Json = {name: table.content for name, table in self.tables.items()}
        parents: Json = [parent.content for parent in self.parents]
        return canonical_digest({**_fields(self), "tables": tables, "parents": parents})

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """For each table its `rows`, and how many of them are in each state."""
        return {name: {**table.states, "rows": table.num_rows} for name, table in self.tables.items()}


_ADAPTER = TypeAdapter(Manifest)
_KEYS = {"schema", "stage", "revision", "spec", "parents", "tables"}


def encode_manifest(manifest: Manifest) -> bytes:
    """The canonical JSON of `manifest`: equal values give equal bytes."""
    return canonical_bytes(_fields(manifest))


def decode_manifest(data: bytes) -> Manifest:
    """The manifest that `encode_manifest` was given.

    Raises:
        StateError: its schema is newer than this program.
        CorruptionError: it is no manifest, or not in the one form that it has.
    """
    try:
        fields = json.loads(data)
        schema = fields["schema"]
        if isinstance(schema, int) and schema > SCHEMA:
            raise StateError(f"manifest of schema {schema}; this program reads {SCHEMA}, use a newer one")
        known = {key: value for key, value in fields.items() if key in _KEYS - {"schema"}}
        extra = {key: value for key, value in fields.items() if key not in _KEYS}
        manifest = _ADAPTER.validate_python({**known, "extra": extra})
        is_canonical = encode_manifest(manifest) == data
    except (ValueError, ValidationError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptionError("this is no manifest") from error
    except InvalidInputError as error:
        raise CorruptionError(f"this is no manifest: {error}") from error
    # What pydantic coerced or left out, and JSON's other spellings, would show here.
    if not is_canonical:
        raise CorruptionError("this is no manifest in canonical form")
    return manifest


def _fields(manifest: Manifest) -> dict[str, Json]:
    fields: dict[str, Json] = _ADAPTER.dump_python(manifest, mode="json", exclude={"extra"})
    return {**manifest.extra, **fields, "schema": SCHEMA}
