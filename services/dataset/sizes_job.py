"""Sizes planned as a job, for a client that lacks this service's libraries. It has no units."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import parse_digest
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.spec import parse_spec
from services.dataset.plan_sizes import SizePlanner, SizesSpec, planner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesJobSpec(SizesSpec):
    """What is planned by what: `sizes` is the blob of JSON lines."""

    sizes: str = ""


def plan_sizes_job(request: PlanRequest) -> PlanSummary:
    """Refuse what can't be planned.

    Raises:
        InvalidInputError: the spec is wrong; the message says all of it.
    """
    _read(request.spec)
    return PlanSummary()


def finalise_sizes(request: FinaliseRequest) -> Json:
    """Plan the lines; the result names the blob of what became of them."""
    planner, spec = _read(request.spec)
    with NamedTemporaryFile(dir=request.scratch) as file:
        num_lines = 0
        for piece in planner.plan(_lines(request.blobs, spec.sizes)):
            num_lines += piece.count(b"\n")
            file.write(piece)
        file.flush()
        plans = request.blobs.put_file(Path(file.name))
    return {"plans": plans, "counts": {"planned": num_lines}}


def _read(data: Json) -> tuple[SizePlanner, SizesJobSpec]:
    spec = parse_spec(SizesJobSpec, data, what="sizes")
    parse_digest(spec.sizes, field="sizes")
    fields = dict(data) if isinstance(data, dict) else {}
    fields.pop("sizes", None)
    return planner_of(fields), spec


def _lines(blobs: Blobs, digest: str) -> Iterator[bytes]:
    """The lines of a blob, of which a chunk is held."""
    yield from _split(blobs.open(parse_digest(digest, field="sizes")))


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest
