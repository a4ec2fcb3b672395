"""What finished jobs gave, by what they were asked: who asks the same again gets it without any planning.

Only for kinds that are functions of spec and inputs (`is_function` in service.toml), and only from the same
edition of the program: changed code may answer otherwise. Why it is safe: docs/decisions/0011.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError
from bakehouse.jobs.record import JobRecord
from bakehouse.wire import UnknownSchemaError, Wire

_SHARED = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The plan and the result of a job that succeeded, and how many items it had, hits among them."""

    plan: Digest
    num_items: int
    result: Json


_WIRE = Wire(Answer, schema=1, what="answer to a job")


class Edition:
    """The program that answers: its own files and those that all share."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [*folders, _SHARED]

    @cached_property
    def digest(self) -> Digest:
        """Of every source file, by its place."""
        running = hashlib.sha256()
        for folder in self._folders:
            for file in sorted(folder.rglob("*.py")):
                data = file.read_bytes()
                running.update(f"{file.relative_to(folder)}\0{len(data)}\0".encode() + data)
        return Digest(running.hexdigest())


class Answers:
    """The answers of one project, as one edition gives them."""

    def __init__(self, blobs: Blobs, edition: Edition) -> None:
        self._blobs = blobs
        self._edition = edition

    def find(self, record: JobRecord) -> Answer | None:
        """What a job like this one gave; None where none was, or what it gave is not there any more."""
        try:
            answer = _WIRE.decode(b"".join(self._blobs.store.read(self._key(record))))
        except (NotFoundError, CorruptionError, UnknownSchemaError):
            return None  # as good as never asked: the job is planned
        return answer if all(map(self._blobs.has, _named(answer.result))) else None

    def note(self, record: JobRecord) -> None:
        """Keep what a job gave, if every item of it came right."""
        if record.plan is None or record.failed_items:
            return
        answer = Answer(plan=record.plan, num_items=record.num_items + record.num_hits, result=record.result)
        data = _WIRE.encode(answer)
        self._blobs.store.put(self._key(record), [data], size_bytes=len(data))

    def _key(self, record: JobRecord) -> str:
        asked: Json = {
            "edition": self._edition.digest,
            "inputs": dict(record.inputs),
            "kind": record.kind,
            "spec": record.spec,
        }
        return f"{self._blobs.project}/answers/{canonical_digest(asked)}"


def _named(result: Json) -> Iterator[Digest]:
    """The blobs that a result names at its top, or as the `blob` of something there."""
    if not isinstance(result, Mapping):
        return
    for value in result.values():
        found = value.get("blob") if isinstance(value, Mapping) else value
        if isinstance(found, str):
            try:
                yield parse_digest(found)
            except InvalidInputError:
                continue
