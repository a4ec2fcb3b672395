"""The spec of a snapshot from JSON, entries by the one table of options, all that is wrong said at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.spec import parse_spec, suggestion
from services.dataset.domain.entry import EntrySpec
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.options import ALIASES, OPTIONS, REPLACED_ENTRIES, VALUES_NOT_YET, Standing
from services.dataset.domain.rules import CropStyle, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry to take a snapshot of."""

    spec: EntrySpec
    listing: Digest
    rules: Rules

    @property
    def wants_faces(self) -> bool:
        """Whether a face is looked for in its pictures."""
        return self.rules.crop_style is CropStyle.FACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """An option, or a whole entry (`option` is empty), that was accepted and has no work here."""

    entry: str
    option: str
    why: str

    def to_json(self) -> Mapping[str, Json]:
        """As the job's result has it."""
        return {"entry": self.entry, "option": self.option, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSpec:
    """What a snapshot is asked for."""

    entries: tuple[Entry, ...]
    seed: int
    replaced: tuple[Replaced, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    entries: tuple[dict[str, object], ...]
    alignment: Annotated[int, Field(ge=1, le=512)] = 64
    maximum_canvas_area: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 0


def parse_snapshot(data: Json) -> SnapshotSpec:
    """The spec of a snapshot. Disabled entries are left out.

    Raises:
        InvalidInputError: it asks for what can't be, or for what is not built; the message says all of it.
    """
    options = parse_spec(_Options, data, what="snapshot")
    given: list[Mapping[str, Json]] = list(options.entries)  # type: ignore[arg-type]  # JSON in, JSON out
    problems: list[InvalidInputError] = []
    entries: list[Entry] = []
    replaced: list[Replaced] = []
    for number, fields in enumerate(given):
        try:
            found, unneeded = _parse_entry(fields, number)
            replaced += unneeded
            if found is not None and not found.disabled:
                entries.append(_entry(found, options))
        except InvalidInputError as error:
            problems.append(error)
    problems += _clashes(entries)
    if not entries and not problems:
        problems = [
            InvalidInputError("snapshot: no entry is enabled; give a dataset of images", field="entries")
        ]
    if problems:
        raise InvalidInputError("; ".join(error.message for error in problems), field=problems[0].field)
    return SnapshotSpec(entries=tuple(entries), seed=options.seed, replaced=tuple(replaced))


def _entry(spec: EntrySpec, options: _Options) -> Entry:
    rules = rules_of(spec, alignment=options.alignment, maximum_canvas_area=options.maximum_canvas_area)
    try:
        listing = parse_digest(spec.listing, field="listing")
    except InvalidInputError as error:
        raise InvalidInputError(f"dataset {spec.id}: {error.message}", field="listing") from error
    return Entry(spec=spec, listing=listing, rules=rules)


def _parse_entry(fields: Mapping[str, Json], number: int) -> tuple[EntrySpec | None, list[Replaced]]:
    # null is as good as left out
    given: dict[str, Json] = {name: value for name, value in fields.items() if value is not None}
    name = str(given.get("id", f"number {number}"))
    what = f"dataset {name}"
    if given.get("dataset_type") in REPLACED_ENTRIES:
        if "caption_filter_list" in given:  # the one option of such an entry that changes what is made
            raise InvalidInputError(f"{what}.{_not_yet('caption_filter_list', '')}", field="entries")
        return None, [Replaced(entry=name, option="", why="embeddings are filed by content, not in a place")]
    given = _unaliased(given, what)
    problems = [f"{what}.{text}" for text in _refusals(given)]
    honoured = {k: v for k, v in given.items() if k in OPTIONS and OPTIONS[k].standing is Standing.HONOURED}
    replaced = [
        Replaced(entry=name, option=option, why=OPTIONS[option].says)
        for option in sorted(given)
        if option in OPTIONS and OPTIONS[option].standing is Standing.REPLACED
    ]
    try:
        spec = parse_spec(EntrySpec, honoured, what=what)
    except InvalidInputError as error:
        raise InvalidInputError("; ".join([*problems, error.message]), field=error.field) from error
    if problems:
        raise InvalidInputError("; ".join(problems), field="entries")
    idle = spec.without_effect().items()
    return spec, [*replaced, *(Replaced(entry=name, option=option, why=why) for option, why in sorted(idle))]


def _unaliased(given: Mapping[str, Json], what: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in given.items():
        own = ALIASES.get(name, name)
        if own in found:
            raise InvalidInputError(f"{what}.{name}: it is {own} again; give one of them", field=own)
        found[own] = value
    return found


def _refusals(given: dict[str, Json]) -> Iterator[str]:
    """What is unknown or not built; a value that is not built is taken out of `given`, to be named once."""
    for name in sorted(given):
        if name == "instance_data_dir":
            yield "instance_data_dir: the client replaces it by a listing; send the entry through it"
        elif name not in OPTIONS:
            yield f"{name}: unknown{suggestion(name, [*OPTIONS, *ALIASES])}"
        elif refused := _not_yet(name, given[name]):
            yield refused
            del given[name]


def _not_yet(name: str, value: Json) -> str:
    if name not in OPTIONS:
        return ""
    option = OPTIONS[name]
    values = VALUES_NOT_YET.get(name, {})
    if isinstance(value, str) and value in values:
        return f"{name}: {value} is {values[value]}"
    if option.standing is Standing.NOT_YET and value not in option.neutral:
        return f"{name}: not yet: {option.says}"
    return ""


def _clashes(entries: list[Entry]) -> list[InvalidInputError]:
    ids = [entry.spec.id for entry in entries]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    return [
        InvalidInputError(f"dataset {name}: two entries have this id; rename one", field="id")
        for name in twice
    ]
