"""Dataclasses as canonical JSON with a schema number: how records, messages and headers are stored and read.

Readers ignore fields that they don't know, so that a newer writer may add one; a change that an older
reader must not ignore raises the number.
"""

import json
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bakehouse.canonical_json import canonical_bytes
from bakehouse.errors import CorruptionError

T = TypeVar("T")


class UnknownSchemaError(Exception):
    """A newer Bakehouse wrote this; this one must leave it alone."""


class Wire(Generic[T]):
    """Encodes and decodes values of one dataclass. `what` is what an error calls it."""

    def __init__(self, kind: type[T], *, schema: int, what: str) -> None:
        self._adapter = TypeAdapter(kind)
        self._schema = schema
        self._what = what

    def encode(self, value: T) -> bytes:
        """Canonical JSON of `value`: equal values give equal bytes."""
        fields = self._adapter.dump_python(value, mode="json")
        return canonical_bytes({**fields, "schema": self._schema})

    def decode(self, data: bytes) -> T:
        """The value that `encode` was given.

        Raises:
            UnknownSchemaError: the schema number is higher than this program's.
            CorruptionError: it is no such thing; where it was found is for the caller to say.
        """
        try:
            fields = json.loads(data)
            schema = fields.pop("schema")
            if schema > self._schema:
                raise UnknownSchemaError(
                    f"{self._what} of schema {schema}; this program knows {self._schema}"
                )
            return self._adapter.validate_python(fields)
        except (ValueError, ValidationError, KeyError, TypeError, AttributeError) as error:
            raise CorruptionError(f"this is no {self._what}") from error
