"""What a section of a recipe may say: each key is honoured, replaced or not yet there. Values get one form.

Honoured keys have a kind, by which a value is checked and written canonically: 8, 8.0 and "8" are one number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.canonical_json import Json
from bakehouse.kinds import Kind, canonical, shown
from bakehouse.spec import suggestion

_NOTHING = frozenset({"none", "false", "no", "off", "0", "", "[]", "{}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The keys of a section.

    Args:
        honoured: their kinds.
        replaced: keys that are accepted and have no work here, with what does their work.
        not_yet: keys that are known and not supported: with the reason or the remedy. They may stand there
            with a value that asks for nothing: none, false, 0, or what `neutral` says.
        elsewhere: names that other tools or other places use, with ours.
        aliases: other spellings of the same key.
    """

    honoured: Mapping[str, Kind]
    replaced: Mapping[str, str] = field(default_factory=dict)
    not_yet: Mapping[str, str] = field(default_factory=dict)
    neutral: Mapping[str, Json] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A section in canonical form, and all that is to be said of it. Keys without a value are left out."""

    values: Mapping[str, Json]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def check_section(section: Section, table: Json, *, what: str) -> Checked:
    """The section that `table` says; `what` names it in messages."""
    if not isinstance(table, Mapping):
        return Checked(values={}, problems=(f"{what}: {shown(table)} is no table of options; give one",))
    prefix = f"{what}." if what else ""
    values: dict[str, Json] = {}
    problems, remarks = [], []
    for written, value in table.items():
        name, place = section.aliases.get(written, written), f"{prefix}{written}"
        if name in values:
            problems.append(f"{place}: it is there twice, under two spellings; keep one")
        elif name in section.replaced:
            remarks.append(f"{place} has no work here: {section.replaced[name]}")
        elif name not in section.honoured:
            problems += (
                [] if _asks_for_nothing(section, name, value) else [f"{place}: {_unknown(section, name)}"]
            )
        elif value is not None:
            try:
                values[name] = canonical(value, section.honoured[name])
            except ValueError as error:
                problems.append(f"{place}: {shown(value)} is {error}")
    return Checked(values=values, problems=tuple(problems), remarks=tuple(remarks))


def _asks_for_nothing(section: Section, name: str, value: Json) -> bool:
    if name not in section.not_yet:
        return False
    neutral = section.neutral.get(name)
    return str(value).lower() in _NOTHING or (neutral is not None and str(value) == str(neutral))


def _unknown(section: Section, name: str) -> str:
    if name in section.not_yet:
        return f"not supported yet; {section.not_yet[name]}"
    if name in section.elsewhere:
        return f"unknown; here it is {section.elsewhere[name]}"
    known = {*section.honoured, *section.replaced, *section.not_yet, *section.aliases}
    return f"unknown{suggestion(name, known)}"
