"""The entries of a recipe once their sources are ingested: each has a listing, some became several. Pure."""

from collections.abc import Mapping

from bakehouse.canonical_json import Json
from bakehouse.errors import CorruptionError
from bakehouse.kohya_folders import KohyaFolder
from gateway.pipelines.recipe import Dataset, Recipe
from gateway.pipelines.stage_results import IngestedEntry, IngestResult, read_result

_INGEST = "ingest"


def entries_of(recipe: Recipe, done: Mapping[str, Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """The entries by id: as the recipe has them, and, once there is an ingest, as that gave them.

    Raises:
        CorruptionError: the ingest did not give what it gives.
    """
    result = _result(done)
    found: dict[str, Mapping[str, Json]] = {}
    for dataset in recipe.datasets:
        if dataset.source is None or result is None:
            found[dataset.id] = dataset.entry
        else:
            found |= _parts(dataset, result)
    return found


def caption_rules_of(recipe: Recipe, done: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    """How the captions of entries are made, by id; what an entry became has the rules of that entry.

    Raises:
        CorruptionError: as above.
    """
    given = (recipe.captioning or {}).get("entries")
    rules = dict(given) if isinstance(given, Mapping) else {}
    result = _result(done)
    parts = result.entries.items() if result else ()
    return {**{own: rules[part.of] for own, part in parts if part.of in rules}, **rules}


def _result(done: Mapping[str, Mapping[str, Json]]) -> IngestResult | None:
    return read_result(IngestResult, done[_INGEST], job=_INGEST) if _INGEST in done else None


def _parts(dataset: Dataset, result: IngestResult) -> dict[str, Mapping[str, Json]]:
    entry = {key: value for key, value in dataset.entry.items() if key != "source"}
    parts = {own: part for own, part in result.entries.items() if part.of == dataset.id}
    if not parts:
        return {dataset.id: {**entry, "listing": _listing(dataset.id, result)}}
    return {
        own: {**entry, **_said(part, entry), "id": own, "listing": _listing(own, result)}
        for own, part in parts.items()
    }


def _said(part: IngestedEntry, entry: Mapping[str, Json]) -> dict[str, Json]:
    folder = KohyaFolder(prefix="", repeats=part.repeats, class_tokens=part.class_tokens, is_prior=part.prior)
    return folder.options(entry)


def _listing(own: str, result: IngestResult) -> str:
    if own not in result.listings:
        raise CorruptionError(f"stage {_INGEST} gave no listing of dataset {own}; report a bug")
    return result.listings[own]
