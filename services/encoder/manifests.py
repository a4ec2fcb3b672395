"""The manifests that the encoder is given, and those that it makes of results."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.computed import computed_by
from bakehouse.cache.shards import IndexEntry
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError, StateError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.results import UnitResult
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest
from bakehouse.manifest.reasons import count_reasons
from bakehouse.manifest.schema import FAILED, KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter

STAGE_REVISION = 1

_REASONS: Mapping[FailureClass, str] = {
    FailureClass.INPUT: "broken",
    FailureClass.MEMORY: "too_large",
    FailureClass.CRASH: "crashed",
    FailureClass.STALL: "stalled",
}

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the units of a job gave: where their tensors are, and why some are not there, by key."""

    computed: Sequence[IndexEntry]
    failures: Mapping[str, ItemFailure]

    def place(self, key: Digest, entry: IndexEntry | None) -> Row:
        """The columns that say where the tensor of `key` is, or why it is nowhere.

        Raises:
            CorruptionError: neither is known.
        """
        if entry is not None:
            where: Row = {"key": key, "shard": entry.shard, "row": entry.row, "crc32c": entry.crc32c}
            return where | {"state": KEPT, "reason": None, "detail": None}
        failure = self.failures.get(key)
        if failure is None:
            raise CorruptionError(f"{key} was neither encoded nor did it fail; bake again")
        return {
            "key": key,
            "shard": None,
            "row": None,
            "crc32c": None,
            "state": FAILED,
            "reason": _REASONS.get(failure.failure_class, "error"),
            "detail": failure.reason,
        }

    def a_reason(self) -> str:
        """Why one of those that failed did, the same one each time."""
        return min(failure.reason for failure in self.failures.values())


def outcome_of(results: Iterable[UnitResult]) -> Outcome:
    """What all units gave."""
    found = computed_by(results)
    return Outcome(computed=found.entries, failures=found.failures)


def load_input(
    blobs: Blobs, inputs: Mapping[str, Digest], role: str, *, tables: Sequence[str]
) -> tuple[ManifestRef, Manifest]:
    """The manifest given as `role`, which has these tables.

    Raises:
        InvalidInputError: there is none, or it lacks one.
        NotFoundError, CorruptionError, StateError: it is not there, damaged, or of a newer program.
    """
    if role not in inputs:
        raise InvalidInputError(f"inputs.{role}: missing; give the blob of its manifest", field="inputs")
    manifest = decode_manifest(blobs.get(inputs[role]))
    if missing := sorted(set(tables) - manifest.tables.keys()):
        raise InvalidInputError(
            f"inputs.{role}: the manifest of stage {manifest.stage} has no {' and no '.join(missing)}; give "
            "that of the stage that makes them",
            field="inputs",
        )
    return ManifestRef(blob=inputs[role], content=manifest.content), manifest


def save_table(
    request: FinaliseRequest, name: str, rows: Iterable[Row], outcome: Outcome, *, parent: ManifestRef
) -> dict[str, Json]:
    """Write the table `name` and a manifest with it; the job's result.

    Raises:
        StateError: all rows failed; the message has the reason of one.
    """
    schema = TABLES[name]
    writer = TableWriter(request.blobs, scratch=request.scratch)
    table = writer.write(schema, row_batches(schema, rows))
    counts = {
        f"{found.state}.{found.reason}": found.num_rows for found in count_reasons(request.blobs, table)
    }
    num_kept = table.states.get(KEPT, 0)
    if counts and not num_kept:
        raise StateError(f"none of {table.num_rows} {name} could be encoded: {outcome.a_reason()}")
    manifest = Manifest(
        stage=name,
        revision=STAGE_REVISION,
        spec=canonical_digest(request.spec),
        parents=(parent,),
        tables={name: table},
    )
    ref = save_manifest(request.blobs, manifest)
    return {"manifest": {"blob": ref.blob, "content": ref.content}, "counts": {KEPT: num_kept, **counts}}
