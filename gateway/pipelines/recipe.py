"""A recipe as a pipeline takes it: sections, and digests where people have paths.

Only what decides which job follows which is looked into; the rest of a section is its stage's affair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.rpc.names import parse_dataset_id
from bakehouse.spec import parse_spec

MAX_RECIPE_BYTES = 256 << 10
MAX_DATASETS = 100

_FIELD = "pipeline.recipe"
_OURS = ("base_model", "entries", "empty_text", "fresh")  # keys of a training spec that the pipeline fills in

_BLOBS = ("archive", "files", "table")  # keys of a source that name blobs

CacheDtype = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An entry of `datasets`: its id, the listing of its files or where they are, and the whole entry.

    `source` is what the dataset service ingests; `blobs` have to be in the project, by their keys.
    """

    id: str
    listing: Digest | None
    source: Mapping[str, Json] | None
    blobs: Mapping[str, Digest]
    entry: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to bake. `captioning` is None where the captions are those that the sources have."""

    base_model: Digest
    datasets: tuple[Dataset, ...]
    training: Mapping[str, Json]
    captioning: Mapping[str, Json] | None = None
    cache_dtype: CacheDtype = "float32"

    @property
    def tagger(self) -> Digest | None:
        """The listing of the tagger's folder; None where nothing is tagged."""
        return None if self.captioning is None else Digest(str(self.captioning["tagger"]))

    @property
    def sources(self) -> Mapping[str, Json]:
        """What the dataset service has to ingest, by the ids of the entries."""
        return {dataset.id: dataset.source for dataset in self.datasets if dataset.source is not None}

    @property
    def declares_sizes(self) -> bool:
        """Whether a table says how large pictures are, so that a plan needs to open none of them."""
        return any(_declares_sizes(dataset) for dataset in self.datasets)

    @property
    def trains_text_encoder(self) -> bool:
        """Whether texts change while it trains, so that none are cached: the trainer's own rule."""
        rate = self.training.get("text_encoder_lr")
        if rate is None:
            rate = self.training.get("learning_rate", "1")
        return self.training.get("network_train_unet_only", True) is False and not _is_zero(rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sections:
    """The keys at the top of a recipe, as JSON."""

    base_model: str
    datasets: Sequence[Mapping[str, object]]
    training: Mapping[str, object]
    captioning: Mapping[str, object] | None = None
    cache_dtype: CacheDtype = "float32"


def parse_recipe(data: Mapping[str, Json]) -> Recipe:
    """The recipe that `data` says.

    Raises:
        InvalidInputError: a section is unknown (the nearest known one is named), missing or of the wrong
            type, a digest is none, two datasets have one id, or all is too large.
    """
    try:
        if (size := len(canonical_bytes(dict(data)))) > MAX_RECIPE_BYTES:
            raise InvalidInputError(f"recipe: {size} bytes; use at most {MAX_RECIPE_BYTES}")
        parse_spec(_Sections, dict(data), what="recipe")
        return _recipe(data)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=_FIELD) from error


def _recipe(data: Mapping[str, Json]) -> Recipe:
    captioning, training = _table(data.get("captioning")), _table(data["training"]) or {}
    if captioning is not None:
        _digest(captioning, "tagger", place="recipe.captioning")
    if taken := [key for key in _OURS if key in training]:
        raise InvalidInputError(f"recipe.training.{taken[0]}: is filled in by the studio; leave it out")
    return Recipe(
        base_model=_digest(data, "base_model", place="recipe"),
        datasets=_datasets(data["datasets"]),
        training=training,
        captioning=captioning,
        cache_dtype=data.get("cache_dtype", "float32"),  # type: ignore[arg-type]  # parse_spec has checked it
    )


def _declares_sizes(dataset: Dataset) -> bool:
    is_joined = dataset.entry.get("metadata_backend") == "parquet" and "table" in dataset.entry
    return is_joined or (dataset.source is not None and dataset.source.get("type") == "csv")


def _datasets(entries: Json) -> tuple[Dataset, ...]:
    found = tuple(
        _dataset(entry, i) for i, entry in enumerate(entries if isinstance(entries, Sequence) else ())
    )
    if not 1 <= len(found) <= MAX_DATASETS:
        raise InvalidInputError(f"recipe.datasets: {len(found)} entries; give 1 to {MAX_DATASETS}")
    ids = [dataset.id for dataset in found]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise InvalidInputError(f"recipe.datasets: two have the id {twice[0]!r}; rename one")
    return found


def _dataset(entry: Json, number: int) -> Dataset:
    place = f"recipe.datasets[{number}]"
    table = _table(entry)
    if table is None:
        raise InvalidInputError(
            f"{place}: is no table; give an entry of SimpleTuner's dataloader configuration"
        )
    name = table.get("id")
    if not isinstance(name, str):
        raise InvalidInputError(f"{place}.id: missing or no text; give the entry a name")
    source = _table(table.get("source"))
    if source is not None and table.get("listing") is not None:
        raise InvalidInputError(f"{place}.source: there is a listing, too; give one of them")
    listing = _digest(table, "listing", place=place) if source is None else None
    named = source or {}
    blobs = {f"source.{key}": _digest(named, key, place=f"{place}.source") for key in _BLOBS if key in named}
    blobs |= {"listing": listing} if listing else {}
    blobs |= {"table": _digest(table, "table", place=place)} if "table" in table else {}
    return Dataset(
        id=parse_dataset_id(name, field=f"{place}.id"),
        listing=listing,
        source=source,
        blobs=blobs,
        entry=table,
    )


def _digest(table: Mapping[str, Json], key: str, *, place: str) -> Digest:
    value = table.get(key)
    if not isinstance(value, str):
        raise InvalidInputError(f"{place}.{key}: missing or no text; give the digest of a listing")
    return parse_digest(value, field=f"{place}.{key}")


def _table(value: Json) -> Mapping[str, Json] | None:
    return value if isinstance(value, Mapping) else None


def _is_zero(value: Json) -> bool:
    try:
        return float(str(value)) == 0
    except ValueError:
        return False  # the trainer says what is wrong with it
