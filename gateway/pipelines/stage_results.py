"""What jobs of each stage give, as docs/stages.md has it. A stage may give more; that is for others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestResult:
    """A stored manifest: the blob to fetch, and what it says."""

    blob: Digest
    content: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A picture that is not used, or a caption file that can't be read, and why."""

    entry: str
    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """What every stage gives that adds tables. `counts` are numbers by reason; `set_aside` the first few."""

    manifest: ManifestResult
    counts: Mapping[str, int] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterResult:
    """What `encoder.register` gives."""

    base_model: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedEntry:
    """An entry that a part of a source became: of which entry, and what its folder's name says."""

    of: str
    repeats: int
    class_tokens: str
    prior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What `dataset.ingest` gives: listings by the ids of entries; `found` are sentences for people."""

    listings: Mapping[str, Digest]
    entries: Mapping[str, IngestedEntry] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """An adapter as it was after an epoch."""

    epoch: int
    step: int
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """A picture that was drawn while training."""

    epoch: int
    step: int
    prompt: str
    seed: int | str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What `trainer.train` gives. Its last adapter is also in `adapters`."""

    adapter: Digest
    adapters: tuple[ExportResult, ...] = ()
    losses: Digest
    samples: tuple[SampleResult, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    seed: int | str


def read_result(kind: type[T], result: Json, *, job: str) -> T:
    """The result of a job that succeeded.

    Raises:
        CorruptionError: it is not what its stage gives.
    """
    try:
        return TypeAdapter(kind).validate_python(result)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise CorruptionError(
            f"the result of job {job} is not what its stage gives ({place}); report a bug"
        ) from error


def most_texts(manifest: bytes) -> int | None:
    """How many different texts the captions can be at most that are made from this snapshot; None: who knows.

    At most one caption is written for each picture, at most every caption of a source stays, and there is the
    empty one. The header is read as the JSON that it is: its own reader costs a process 50 MiB (pyarrow).
    """
    try:
        tables = json.loads(manifest)["tables"]
        own = sum(part["num_rows"] for part in tables.get("captions", {}).get("parts", ()))
        kept = sum(part["states"].get("kept", 0) for part in tables["samples"]["parts"])
        return int(own) + int(kept) + 1
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
