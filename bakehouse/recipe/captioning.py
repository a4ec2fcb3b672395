"""How a recipe wants captions made: the tagger, the rules for all datasets and those for some."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.keys import check_section
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.models import tagger_files
from bakehouse.recipe.places import find_place
from bakehouse.recipe.sections import CAPTION_RULES, CAPTIONING

_DIGEST_LENGTH = 64
_OTHERS = ("tagger", "entries", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioning:
    """The tagger's files or the digest of their listing; rules in general and by the id of a dataset."""

    tagger: tuple[FoundFile, ...] | Digest
    default: Mapping[str, Json]
    entries: Mapping[str, Mapping[str, Json]]


def read_captioning(value: Json, folder: Path, findings: Findings) -> Captioning | None:
    """The `captioning` of a recipe in `folder`; None where captions are those that the sources have."""
    if value is None:
        return None
    section = findings.take(check_section(CAPTIONING, value, what="captioning")).values
    general = {name: rule for name, rule in section.items() if name not in _OTHERS}
    default = _rules(section.get("default", {}), "captioning.default", findings)
    entries = section.get("entries", {})
    if not isinstance(entries, Mapping):
        findings.problems.append("captioning.entries: no table; give options by a dataset's id")
        entries = {}
    by_id = {
        name: {**general, **default, **_rules(rules, f"captioning.entries.{name}", findings)}
        for name, rules in entries.items()
    }
    tagger = _read_tagger(section, folder, findings)
    return (
        None if tagger is None else Captioning(tagger=tagger, default={**general, **default}, entries=by_id)
    )


def _read_tagger(
    section: Mapping[str, Json], folder: Path, findings: Findings
) -> tuple[FoundFile, ...] | Digest | None:
    if "tagger" not in section:
        findings.problems.append(
            "captioning.tagger: missing; name the tagger's folder, or leave captioning out"
        )
        return None
    text = str(section["tagger"])
    if len(text) == _DIGEST_LENGTH and "." not in text:
        return findings.attempt("captioning.tagger", lambda: parse_digest(text, field="it"))
    return findings.attempt("captioning.tagger", lambda: tuple(tagger_files(find_place(text, folder))))


def _rules(value: Json, what: str, findings: Findings) -> Mapping[str, Json]:
    return findings.take(check_section(CAPTION_RULES, value, what=what)).values
