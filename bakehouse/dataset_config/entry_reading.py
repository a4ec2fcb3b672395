"""Reads one dataset of a document: each key by its row of the table, then all of them together.

Whatever is wrong is said with the dataset, the key, the value and the remedy; what is said of a key is not
said again of those that go with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.dataset_config.entry_checks import problems_of
from bakehouse.dataset_config.entry_fields import (
    DuplicatesBlock,
    EntryFields,
    ParquetBlock,
    Shape,
    ShuffleBlock,
)
from bakehouse.dataset_config.option import Option, Options, Standing, out_of_range
from bakehouse.dataset_config.options import ALIASES, ELSEWHERE, FILLED_IN, OPTIONS
from bakehouse.dataset_config.source_checks import source_problems
from bakehouse.kinds import Kind, canonical, number_of, shown, shown_key
from bakehouse.spec import suggestion

_NUMBERS = frozenset({Kind.INTEGER, Kind.AMOUNT, Kind.DECIMAL, Kind.PERCENT})
_NOTHING = frozenset({"none", "false", "no", "off", "0", "", "[]", "{}"})
_SECRET = re.compile("secret|passw|access_key|_token$|credential")  # whose values no message shows
_FIELDS = frozenset(each.name for each in fields(EntryFields))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """A dataset as it was read.

    Args:
        id: its name, "" where it has none.
        values: honoured keys in canonical form: decimals as text, only those that are given.
        spec: what the studio makes of them; None where something is wrong, or it is no dataset of images.
        problems: what is wrong, each with the dataset, the key, the value and the remedy.
        replaced: keys that have no work here, with what does it.
        remarks: what is to be said besides.
    """

    id: str
    values: Mapping[str, Json] = field(default_factory=dict)
    spec: EntrySpec | None = None
    problems: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def dataset_type(self) -> str:
        """What is in it."""
        return str(self.values.get("dataset_type", "image"))

    @property
    def is_disabled(self) -> bool:
        """Whether it is to be left out."""
        return self.values.get("disabled") is True


def read_entry(table: Json, *, place: str) -> ReadEntry:
    """The dataset that `table` says. `place` names it where it has no id."""
    if not isinstance(table, Mapping):
        return ReadEntry(id="", problems=(f"{place}: {shown(table)} is no table of options; give one",))
    given = table.get("id")
    name = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    reading = _Reading(what=f"dataset {name}" if name.strip() and name.isprintable() else place)
    values = reading.table(table, OPTIONS)
    if "id" not in values and not reading.is_bad("id"):
        reading.wrong("id", "missing; give it a name that stays")
    is_off = values.get("disabled") is True
    if is_off:  # what is left out may be of what is not there yet
        reading.problems = [text for text in reading.problems if text not in reading.later]
    spec = None if is_off or values.get("dataset_type", "image") != "image" else reading.spec(values)
    return ReadEntry(
        id=name,
        values=values,
        spec=spec,
        problems=tuple(reading.problems),
        replaced=reading.replaced,
        remarks=tuple(reading.remarks),
    )


class _Reading:
    def __init__(self, *, what: str) -> None:
        self._what = what
        self._bad: set[str] = set()
        self.problems: list[str] = []
        self.later: set[str] = set()
        self.remarks: list[str] = []
        self.replaced: dict[str, str] = {}

    def is_bad(self, key: str) -> bool:
        return key in self._bad

    def wrong(self, key: str, problem: str, *, is_later: bool = False) -> None:
        text = f"{self._what}: {shown_key(key)}: {problem}"
        self._bad |= {re.split(r"[.\[]", key)[0]} & OPTIONS.keys()
        self.problems.append(text)
        if is_later:
            self.later.add(text)

    def table(self, given: Mapping[str, Json], options: Options, *, prefix: str = "") -> dict[str, Json]:
        """The honoured keys of a table in canonical form; null is as good as left out."""
        values: dict[str, Json] = {}
        for written, value in given.items():
            name = ALIASES.get(written, written)
            if value is None:
                continue
            if name in values or prefix + name in self.replaced:
                self.wrong(prefix + written, f"it is {name} again; give one of them")
            elif name in FILLED_IN and not prefix:
                values[name] = value
            elif name in options:
                found = self._value(prefix + name, value, options[name])
                if found is not None and options[name].is_honoured:
                    values[name] = found
            else:
                self.wrong(prefix + written, f"{_shown(written, value)}: unknown{_instead(written, options)}")
        return values

    def spec(self, values: Mapping[str, Json]) -> EntrySpec | None:
        """What the studio makes of an entry; None where something is wrong with it."""
        typed = {name: _typed(name, value) for name, value in values.items() if name in _FIELDS}
        size = typed.get("resolution")
        if isinstance(size, tuple):
            typed |= {"resolution_size": size, "resolution": float(max(size))}
        typed.setdefault("id", self._what)  # its lack is a problem already
        entry = EntryFields(**typed)  # type: ignore[arg-type]  # the table's kinds are the fields' types: a test
        for problem in (*source_problems(values), *problems_of(entry)):
            if not any(re.search(rf"\b{key}\b", problem) for key in self._bad):
                self.problems.append(f"{self._what}: {problem}")
        if self.problems:
            return None
        return EntrySpec(**{each.name: getattr(entry, each.name) for each in fields(EntryFields)})

    def _value(self, key: str, value: Json, option: Option) -> Json:
        """The canonical form of a value; None where it is wrong, or asks for nothing that is there."""
        if option.standing is Standing.NOT_YET and str(value).lower() in _NOTHING:
            return None
        try:
            found = self._one_of(key, canonical(value, option.kind), option)
        except ValueError as error:
            self.wrong(key, f"{_shown(key, value)} is {error}")
            return None
        if option.block:
            found = self._block(key, found, option)
        if option.standing is Standing.NOT_YET:
            self.wrong(key, f"{shown(value)} is not there yet: {option.instead}", is_later=True)
        elif option.standing is Standing.REPLACED:
            self.replaced[key] = option.instead
        return found

    def _one_of(self, key: str, value: Json, option: Option) -> Json:
        """A value within the choices and the range of its option.

        Raises:
            ValueError: it is not; the text says what is.
        """
        number = number_of(value) if option.kind in _NUMBERS else None
        if number is not None and (problem := out_of_range(option, float(number))):
            raise ValueError(f"out of range; {problem}")
        if not option.choices or value in option.choices:
            if missing := option.later.get(str(value)):
                self.wrong(key, f"{shown(value)} is not there yet: {missing}", is_later=True)
            return value
        first, *others = [part.strip() for part in str(value).split("|")]
        if others and {first, *others} <= {*option.choices}:  # as SimpleTuner's document lists what there is
            self.remarks.append(
                f"{self._what}: {key}: {shown(value)} lists the choices; read as {first}: keep what you mean"
            )
            return first
        raise ValueError(f"none of {', '.join(option.choices)}{_near(str(value), option.choices)}")

    def _block(self, key: str, value: Json, option: Option) -> Json:
        if isinstance(value, Mapping):
            return self.table(value, option.block, prefix=f"{key}.")
        tables = value if isinstance(value, list | tuple) else ()
        return [
            self.table(table, option.block, prefix=f"{key}[{number}].")
            for number, table in enumerate(tables)
            if isinstance(table, Mapping)
        ]


def _shown(key: str, value: Json) -> str:
    return "a secret" if _SECRET.search(key.lower()) else shown(value)


def _instead(name: str, options: Options) -> str:
    if options is OPTIONS and name in ELSEWHERE:
        return f"; here it is {ELSEWHERE[name]}"
    return suggestion(name, {*options, *(ALIASES if options is OPTIONS else ())})


def _near(value: str, choices: tuple[str, ...]) -> str:
    said = suggestion(value, choices)
    return said if "did you mean" in said else "; give one of them"


def _typed(name: str, value: Json) -> object:
    """A canonical value as Python has it."""
    option = OPTIONS.get(name)
    kind = option.kind if option else Kind.TEXT
    match value:
        case Mapping() if name == "parquet":
            return ParquetBlock(**{key: _tuple(entry) for key, entry in value.items() if key != "path"})  # type: ignore[arg-type]  # as its rows say
        case Mapping() if name == "duplicates":
            return DuplicatesBlock(**value)  # type: ignore[arg-type]  # as its rows say
        case Mapping() if name == "caption_shuffle":
            return ShuffleBlock(**value)  # type: ignore[arg-type]  # as its rows say
        case Mapping() if kind is Kind.SIZES:
            return {ratio: _tuple(size) for ratio, size in value.items()}
        case int() | str() if kind is Kind.AMOUNT:
            return Decimal(value)
        case str() if kind in {Kind.DECIMAL, Kind.PERCENT, Kind.RESOLUTION}:
            return float(value)
        case list() | tuple() if kind is Kind.SHAPES:
            return tuple(_shape(shape) for shape in value)
        case _:
            return _tuple(value)


def _shape(shape: Json) -> float | Shape:
    if isinstance(shape, Mapping):
        return Shape(aspect=float(str(shape["aspect"])), weight=float(str(shape["weight"])))
    return float(str(shape))


def _tuple(value: Json) -> object:
    return tuple(value) if isinstance(value, list | tuple) else value
