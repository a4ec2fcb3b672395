"""The spec of a snapshot from JSON, entries by the one table of keys, all that is wrong said at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import ReadEntries, read_entries
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.dataset_config.entry_reading import ReadEntry
from bakehouse.dataset_config.option import Holder
from bakehouse.dataset_config.options import OPTIONS
from bakehouse.dataset_config.picture_options import alpha_of, frames_of
from bakehouse.dataset_config.source_options import SOURCE_OPTIONS
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.options import trained_as
from bakehouse.spec import parse_spec
from services.dataset.domain.captions import CaptionRules
from services.dataset.domain.decoding import Decoding
from services.dataset.domain.duplicates import DuplicateRules, ExactPolicy, NearPolicy
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.rules import CropStyle, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry to take a snapshot of. `trained_as`: what training is to be asked of it."""

    spec: EntrySpec
    listing: Digest
    rules: Rules
    captions: CaptionRules
    duplicates: DuplicateRules = field(default_factory=DuplicateRules)
    trained_as: Mapping[str, Json] = field(default_factory=dict)

    @property
    def decoding(self) -> Decoding:
        """How pictures are taken out of its files."""
        alpha = alpha_of(self.spec.alpha)
        return Decoding(
            background=alpha.background,
            with_mask=alpha.with_mask,
            frames=frames_of(self.spec.frames),
            fuzz=self.spec.trim or None,
            with_face=self.rules.crop_style is CropStyle.FACE,
        )


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
class SnapshotOptions:
    """What a snapshot, and a survey, is asked for, as JSON has it."""

    entries: tuple[dict[str, object], ...]
    alignment: Annotated[int, Field(ge=1, le=512)] = 64
    maximum_canvas_area: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 0


def parse_snapshot(data: Json) -> SnapshotSpec:
    """The spec of a snapshot. Disabled entries are left out.

    Raises:
        InvalidInputError: it asks for what can't be, or for what is not built; the message says all of it.
    """
    options = parse_spec(SnapshotOptions, data, what="snapshot")
    given: list[Mapping[str, Json]] = list(options.entries)  # type: ignore[arg-type]  # JSON in, JSON out
    read = read_entries(given, place="entries")
    problems = list(read.problems)
    field = "entries" if problems else ""
    entries: list[Entry] = []
    for one in read.images:
        try:
            problems += [f"dataset {one.id}: {problem}" for problem in _not_sent(one)]
            if one.spec is not None:
                entries.append(replace(_entry(one.spec, options), trained_as=trained_as(one.values)))
        except InvalidInputError as error:
            problems.append(error.message)
            field = field or error.field
    if problems:
        raise InvalidInputError("; ".join(problems), field=field or "entries")
    return SnapshotSpec(entries=tuple(entries), seed=options.seed, replaced=tuple(_replaced(read)))


def _entry(spec: EntrySpec, options: SnapshotOptions) -> Entry:
    rules = rules_of(spec, alignment=options.alignment, maximum_canvas_area=options.maximum_canvas_area)
    try:
        listing = parse_digest(spec.listing, field="listing")
    except InvalidInputError as error:
        raise InvalidInputError(f"dataset {spec.id}: {error.message}", field="listing") from error
    return Entry(
        spec=spec,
        listing=listing,
        rules=rules,
        captions=CaptionRules(spec),
        duplicates=DuplicateRules(
            exact=ExactPolicy(spec.duplicates.exact),
            near=NearPolicy(spec.duplicates.near),
            distance=spec.duplicates.distance,
        ),
    )


def _not_sent(entry: ReadEntry) -> Iterator[str]:
    """What only the client can make something of."""
    for key in entry.values:
        if key in SOURCE_OPTIONS and OPTIONS[key].holder is Holder.READER:
            yield f"{key}: the client replaces it by a listing; send the entry through it"


def _replaced(read: ReadEntries) -> Iterator[Replaced]:
    for one in read.images:
        for option, why in sorted(one.replaced.items()):
            yield Replaced(entry=one.id, option=option, why=why)
        for option, why in sorted(one.spec.without_effect().items() if one.spec else ()):
            yield Replaced(entry=one.id, option=option, why=why)
    for one in read.embeds:
        yield Replaced(entry=one.id, option="", why="embeddings are filed by content, not in a place")
