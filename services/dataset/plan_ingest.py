"""Plans an ingest: looks at its sources, and cuts what was never fetched into units."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bakehouse.blobs.disk import disk_error
from bakehouse.cache.once import Once
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import PlanRequest, PlanSummary
from services.dataset.domain.fetched import INGEST_DIGEST, INGEST_KIND
from services.dataset.found_items import FoundItem, find_items, found_line, unit_line
from services.dataset.ports import Source, Sources
from services.dataset.source_specs import SourceSpec, parse_ingest

_DISK = "the scratch folder"
_KEY_LENGTH = 64


def plan_ingest(request: PlanRequest, plan: PlanWriter, sources: Sources) -> PlanSummary:
    """Cut the items that are not known into units, in the order of the sources.

    Raises:
        InvalidInputError: the spec is wrong, or a source can't be read; the message names its entry.
        NotFoundError: an archive is not there.
    """
    spec = parse_ingest(request.spec)
    with TemporaryDirectory(dir=request.scratch, prefix="ingest-") as folder:
        looks = [
            _look(name, _opened(name, source, request, sources), Path(folder, f"{number}"))
            for number, (name, source) in enumerate(spec.sources.items())
        ]
        once: Once[bytes] = Once(
            request.blobs, kind=INGEST_KIND, encoder=INGEST_DIGEST, scratch=request.scratch
        )
        num_items = max(1, sum(look.num_items for look in looks))
        size = request.sizing.unit_items(num_items, is_shared=True)
        missing = once.misses(item for look in looks for item in look.items())
        while unit := list(islice(missing, size)):
            plan.add_unit(b"[" + b",".join(unit) + b"]", num_items=len(unit))
        found: dict[str, Json] = {look.entry: request.blobs.put_file(look.file) for look in looks}
    names: dict[str, Json] = {look.entry: look.name for look in looks}
    context: Json = {"hits": once.save_hits(), "found": found, "names": names}
    return PlanSummary(num_hits=once.num_hits, context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one source was seen to have, in files: one for the finaliser, one for units."""

    entry: str
    name: str
    file: Path
    units: Path
    num_items: int

    def items(self) -> Iterator[tuple[Digest, bytes]]:
        """Keys, and items as units have them."""
        with self.units.open("rb") as lines:
            for line in lines:
                yield Digest(line[2 : 2 + _KEY_LENGTH].decode()), line[:-1]  # ["KEY", ...


def _opened(entry: str, spec: SourceSpec, request: PlanRequest, sources: Sources) -> Source:
    try:
        return sources.open(spec, request.blobs)
    except InvalidInputError as error:
        raise InvalidInputError(f"dataset {entry}: {error.message}", field=error.field) from error


def _look(entry: str, source: Source, file: Path) -> _Look:
    units = file.with_suffix(".units")
    try:
        num_items = _write(entry, source, file, units)
    except InvalidInputError as error:
        raise InvalidInputError(f"dataset {entry}: {error.message}", field=error.field) from error
    except OSError as error:
        raise disk_error(error, f"listing dataset {entry}", place=_DISK) from error
    return _Look(entry=entry, name=source.name, file=file, units=units, num_items=num_items)


def _write(entry: str, source: Source, file: Path, units: Path) -> int:
    num_items = 0
    with file.open("wb") as lines, units.open("wb") as unit_lines:
        for found in find_items(source):
            lines.write(found_line(found))
            if isinstance(found, FoundItem):
                unit_lines.write(unit_line(entry, found))
            num_items += 1
    return num_items
