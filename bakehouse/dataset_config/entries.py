"""Reads all datasets of a document together: what names another finds it, and the first step has pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entry_reading import ReadEntry, read_entry
from bakehouse.dataset_config.options import EMBEDS, FILLED_IN
from bakehouse.dataset_config.source_options import SOURCE_OPTIONS
from bakehouse.kinds import shown

FILTERS = "caption_filter_list"

# A key that names other datasets, and what they have to be.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "text_embeds": ("text_embeds",),
    "image_embeds": ("image_embeds",),
    "conditioning_image_embeds": ("conditioning_image_embeds",),
    "conditioning_data": ("conditioning",),
    "source_dataset_id": ("image", "video"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntries:
    """A document's datasets.

    Args:
        images: those to train on, in order.
        embeds: those that only say where caches lie.
        problems, remarks: what is to be said of all of them.
    """

    images: tuple[ReadEntry, ...]
    embeds: tuple[ReadEntry, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def read_entries(value: Sequence[Json], *, place: str) -> ReadEntries:
    """The datasets of a document. `place` is what the list is called where a dataset has no id."""
    tables = list(_typed(value))
    read = [read_entry(table, place=f"{place}[{number}]") for number, table in enumerate(tables)]
    together = _Together(read, tables)
    problems = [problem for entry in read for problem in entry.problems]
    problems += together.problems()
    if not problems:
        problems += together.nothing_to_draw(place)
    return ReadEntries(
        images=tuple(map(together.with_filters, together.images)),
        embeds=tuple(together.embeds),
        problems=tuple(dict.fromkeys(problems)),
        remarks=tuple(together.remarks()),
    )


class _Together:
    def __init__(self, read: Sequence[ReadEntry], tables: Sequence[Json]) -> None:
        self._read = read
        self._tables = {
            id(entry): table for entry, table in zip(read, tables, strict=True) if isinstance(table, Mapping)
        }
        self._active = [entry for entry in read if not entry.is_disabled]
        self.images = [entry for entry in self._active if entry.dataset_type == "image"]
        self.embeds = [entry for entry in self._active if entry.dataset_type in EMBEDS]
        self._texts = [entry for entry in self.embeds if entry.dataset_type == "text_embeds"]

    def problems(self) -> Iterator[str]:
        """What is wrong between the datasets."""
        ids = [entry.id for entry in self._read if entry.id]
        for name in dict.fromkeys(name for name in ids if ids.count(name) > 1):
            yield f"dataset {name}: id: {name!r} is there twice; give each dataset its own"
        for entry in self._active:
            yield from self._references(entry)
        defaults = [entry for entry in self._texts if self._is_default(entry)]
        for entry in defaults[1:]:
            yield (f"dataset {entry.id}: default: true, and dataset {defaults[0].id} is it already; keep one")
        for entry in self.embeds:
            if FILTERS in entry.values and entry.dataset_type != "text_embeds":
                yield f"dataset {entry.id}: {FILTERS}: it belongs to text_embeds or to images; move it there"

    def nothing_to_draw(self, place: str) -> Iterator[str]:
        """Why no step could be trained, or not the first."""
        specs = [entry.spec for entry in self.images if entry.spec is not None]
        if not specs:
            yield f"{place}: none of the entries is a dataset of images that is enabled; give one"
        elif not any(spec.is_active_at_start for spec in specs):
            for spec in specs:
                yield (
                    f"dataset {spec.id}: start_epoch: {spec.start_epoch}, start_step: {spec.start_step}, "
                    f"probability: {spec.probability:g}: nothing can be drawn at the first step; give one "
                    "dataset start_epoch: 1, start_step: 0 and a probability above 0"
                )

    def with_filters(self, entry: ReadEntry) -> ReadEntry:
        """An entry, with the filters of the text embeds that it uses before its own."""
        embeds = self._text_embeds(entry)
        shared = [] if embeds is None else _texts(embeds.values.get(FILTERS))
        if not shared:
            return entry
        filters = [*shared, *_texts(entry.values.get(FILTERS))]
        spec = None if entry.spec is None else replace(entry.spec, caption_filter_list=tuple(filters))
        return replace(entry, values={**entry.values, FILTERS: filters}, spec=spec)

    def remarks(self) -> Iterator[str]:
        """What is to be said of them besides."""
        for entry in self._read:
            if entry.is_disabled:
                yield f"dataset {entry.id} is disabled and left out"
            else:
                yield from entry.remarks
                idle = {} if entry.spec is None else entry.spec.without_effect()
                yield from (f"dataset {entry.id}: {key}: {why}" for key, why in idle.items())
        if self.embeds:
            names = ", ".join(entry.id for entry in self.embeds)
            yield f"dataset {names}: no work here: caches are the studio's own, filed by content"
        used = {id(self._text_embeds(entry)) for entry in self.images}
        for entry in self._texts:
            if FILTERS in entry.values and id(entry) not in used:
                yield f"dataset {entry.id}: {FILTERS}: no dataset of images uses it"
        yield from _replaced(self.images)

    def _references(self, entry: ReadEntry) -> Iterator[str]:
        table = self._tables.get(id(entry), {})
        for key, types in _NAMES.items():
            for name in _texts(table.get(key)):
                found = [other for other in self._read if other.id == name]
                if not found:
                    problem = "is the id of no dataset"
                elif found[0].dataset_type not in types:
                    problem = f"is a dataset of {found[0].dataset_type}, not of {' or '.join(types)}"
                else:
                    continue
                yield f"dataset {entry.id}: {key}: {shown(name)} {problem}; {self._ids(types)}"

    def _ids(self, types: Sequence[str]) -> str:
        ids = [entry.id for entry in self._read if entry.dataset_type in types]
        return f"there are {', '.join(ids)}" if ids else "leave it out"

    def _text_embeds(self, entry: ReadEntry) -> ReadEntry | None:
        """Those that a dataset of images names; else the default ones; else the first."""
        named = self._tables.get(id(entry), {}).get("text_embeds")
        if named is not None:
            return next((embeds for embeds in self._texts if embeds.id == named), None)
        return next(filter(self._is_default, self._texts), self._texts[0] if self._texts else None)

    def _is_default(self, entry: ReadEntry) -> bool:
        return "default" in entry.replaced and str(self._tables[id(entry)]["default"]).lower() in {
            "true",
            "yes",
            "on",
        }


def _typed(tables: Sequence[Json]) -> Iterator[Json]:
    """The tables; one that others name as their embeds, and that has no pictures of its own, is of embeds."""
    named: dict[str, str] = {}
    for table in [table for table in tables if isinstance(table, Mapping)]:
        for key in sorted(EMBEDS):
            named |= dict.fromkeys(_texts(table.get(key)), key)
    for value in tables:
        kind = named.get(str(value.get("id"))) if isinstance(value, Mapping) else None
        if kind is None or not isinstance(value, Mapping):
            yield value
        else:
            has_own = {*FILLED_IN, *SOURCE_OPTIONS, "dataset_type"} & value.keys()
            yield value if has_own else {**value, "dataset_type": kind}


def _replaced(entries: Sequence[ReadEntry]) -> Iterator[str]:
    """What is to be said of keys without work: each reason once, with its keys and their datasets."""
    by_reason: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        for key, why in entry.replaced.items():
            by_reason.setdefault(why, {}).setdefault(key, []).append(entry.id)
    for why, keys in by_reason.items():
        ids = dict.fromkeys(name for names in keys.values() for name in names)
        yield f"{', '.join(keys)} (dataset {', '.join(ids)}): no work here: {why}"


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
