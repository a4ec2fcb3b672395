"""Reads a training set out of the manifests of the stages before. Imports pyarrow."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.manifest.header import Manifest, decode_manifest
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT, SAMPLE_ID, STATE
from services.trainer.training_set import TrainingSample, TrainingSet, by_content

_TENSOR = ("key", "shard", "row", "crc32c")

Row = Mapping[str, Any]


def read_training_set(blobs: Blobs, inputs: Mapping[str, Digest], *, need_texts: bool) -> TrainingSet:
    """Every kept sample with a crop, its latents, captions and, with `need_texts`, cached texts, by content.

    Raises:
        InvalidInputError: an input is missing.
        StateError: a manifest lacks the table that training needs of it, or nothing is left.
        NotFoundError, CorruptionError: as the tables.
    """
    tables = _Tables(blobs, inputs)
    entries = {row[SAMPLE_ID]: row["entry"] for row in tables.rows("snapshot", "samples", ("entry",))}
    sizes = tables.by_sample("snapshot", "buckets", ("draw", "bucket_width", "bucket_height"))
    latents = tables.by_sample("latents", "latents", ("draw", *_TENSOR))
    captions = tables.by_sample("captions", "captions", ("variant", "text"))
    texts = tables.by_sample("texts", "texts", ("variant", *_TENSOR)) if need_texts else captions
    samples: list[TrainingSample] = []
    left_out: Counter[str] = Counter()
    for sample_id, entry in entries.items():
        draws = _joined(sizes[sample_id], latents[sample_id])
        variants = _joined(captions[sample_id], texts[sample_id])
        if not draws or not variants:
            left_out["without latents" if not draws else "without a caption"] += 1
            continue
        samples.append(
            TrainingSample(
                entry=entry,
                buckets=tuple((size["bucket_width"], size["bucket_height"]) for size, _ in draws),
                latents=tuple(_place(row) for _, row in draws),
                captions=tuple(caption["text"] or "" for caption, _ in variants),
                texts=tuple(_place(row) for _, row in variants) if need_texts else (),
            )
        )
    return TrainingSet(samples=by_content(samples), left_out=left_out)


class _Tables:
    def __init__(self, blobs: Blobs, inputs: Mapping[str, Digest]) -> None:
        self._blobs = blobs
        self._inputs = inputs
        self._manifests: dict[str, Manifest] = {}

    def rows(self, role: str, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The kept rows of a table in the order of its key."""
        manifest = self._manifest(role)
        if table not in manifest.tables:
            raise StateError(
                f"the {role} manifest has no table {table}; give the one of the stage that makes it"
            )
        wanted = [SAMPLE_ID, STATE, *columns]
        for batch in TableReader(self._blobs, manifest.tables[table], columns=wanted).batches():
            for values in zip(*(batch.column(name).to_pylist() for name in wanted), strict=True):
                row = dict(zip(wanted, values, strict=True))
                if row[STATE] in {None, KEPT}:
                    yield row

    def by_sample(
        self, role: str, table: str, columns: Sequence[str]
    ) -> "defaultdict[bytes, dict[int, Row]]":
        """The kept rows of each sample by the first of `columns`, its draw or variant."""
        found: defaultdict[bytes, dict[int, Row]] = defaultdict(dict)
        for row in self.rows(role, table, columns):
            found[row[SAMPLE_ID]][row[columns[0]]] = row
        return found

    def _manifest(self, role: str) -> Manifest:
        if role not in self._inputs:
            raise InvalidInputError(
                f"training has no input {role!r}; it needs snapshot, captions, latents, and texts unless it "
                "trains the text encoder",
                field=role,
            )
        if role not in self._manifests:
            self._manifests[role] = decode_manifest(self._blobs.get(self._inputs[role]))
        return self._manifests[role]


def _joined(left: Mapping[int, Row], right: Mapping[int, Row]) -> list[tuple[Row, Row]]:
    return [(left[number], right[number]) for number in sorted(left.keys() & right.keys())]


def _place(row: Row) -> IndexEntry:
    return IndexEntry(key=row["key"], shard=row["shard"], row=row["row"], crc32c=row["crc32c"])
