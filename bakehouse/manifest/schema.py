"""The tables of a manifest and the columns that Bakehouse knows in them. A table may have others: they stay.

A type or a key never changes within `SCHEMA`; columns may be added, and are null where they are older.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import Array, check_name, parse_type, plain_array, plain_type
from bakehouse.manifest.identity import SAMPLE_ID_BYTES

SCHEMA = 1

SAMPLE_ID = "sample_id"
STATE = "state"
REASON = "reason"

KEPT = "kept"
EXCLUDED = "excluded"
FAILED = "failed"
STATES = (KEPT, EXCLUDED, FAILED)

_BATCH_ROWS = 65_536
_ID = pa.binary(SAMPLE_ID_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """A table's name, its primary key and the plain types of its known columns.

    The key is `sample_id`, then an int32 column where a sample has several rows.
    """

    name: str
    key: tuple[str, ...] = (SAMPLE_ID,)
    columns: Mapping[str, pa.DataType]

    def __post_init__(self) -> None:
        check_key(self.key, self.columns)


def check_key(key: tuple[str, ...], columns: Mapping[str, pa.DataType]) -> None:
    """Refuse a primary key that is none.

    Raises:
        InvalidInputError: it is not `sample_id`, nor `sample_id` and an int32 column.
    """
    types = [columns.get(name) for name in key]
    if key[:1] != (SAMPLE_ID,) or types not in ([_ID], [_ID, pa.int32()]):
        raise InvalidInputError(f"a table's key is {key}; make it {SAMPLE_ID}, then at most one int32 column")


def _schema(name: str, second_key: str = "", *, columns: Mapping[str, Json]) -> TableSchema:
    keys: dict[str, pa.DataType] = {SAMPLE_ID: _ID}
    if second_key:
        keys[second_key] = pa.int32()
    fate = {STATE: "string", REASON: "string"}  # a row left out or failed stays, and says why in few words
    types = {column: parse_type(kind) for column, kind in {**fate, **columns}.items()}
    return TableSchema(name=name, key=tuple(keys), columns={**keys, **types})


_SAMPLES: Mapping[str, Json] = {
    "entry": "string",  # the dataset entry that lists it
    "name": "string",  # within the entry's source
    "part": "int32",
    "digest": "string",  # of the source's bytes
    "size_bytes": "int64",
    "media_type": "string",
    "width": "int32",  # in pixels, upright
    "height": "int32",
    "uri": "string",  # with etag: where the bytes are referenced, not copied
    "etag": "string",
    "renditions": {"list": {"struct": {"digest": "string", "height": "int32", "width": "int32"}}},
    "mask": "string",  # digest of a grey picture of its size: how much each pixel counts; null where all do
    "thumbnail": "string",  # digest of a small JPEG
    "phash": "string",  # 16 hex digits each, by which pictures that look alike are found
    "dhash": "string",
    "sharpness": "float64",  # the variance of the Laplacian
    "duplicate_of": "string",  # the sample, in hex, that it is the same picture as or looks like
    "trim_x": "int32",  # where the picture lies in the upright source of source_width x source_height px,
    "trim_y": "int32",  # from which a border was cut off; null where none was
    "source_width": "int32",
    "source_height": "int32",
}
# One row a crop: the upright image is resized, then the bucket's size is cut out of it at crop_x, crop_y.
# With width and height of `samples` these are SDXL's numbers: original size, crop offset, target size.
_BUCKETS: Mapping[str, Json] = {
    "bucket_width": "int32",
    "bucket_height": "int32",
    "resize_width": "int32",
    "resize_height": "int32",
    "crop_x": "int32",
    "crop_y": "int32",
    "crop_by": "string",  # what decided where: center, corner, random, face, random_no_face
    "flip": "bool",
}
_CAPTIONS: Mapping[str, Json] = {
    "text": "string",
    "source": "string",  # file, tagger, model, edit ...
    "key": "string",  # the cache key of what a model said
    "tags": {"list": {"struct": {"name": "string", "score": "float32"}}},
}
# Where a tensor is: its cache key, the shard's blob, its row there and the CRC-32C of that row.
_TENSOR: Mapping[str, Json] = {"key": "string", "shard": "string", "row": "int32", "crc32c": "uint32"}

_SCHEMAS = (
    _schema("samples", columns=_SAMPLES),
    _schema("buckets", "draw", columns=_BUCKETS),
    _schema("captions", "variant", columns=_CAPTIONS),
    _schema("latents", "draw", columns=_TENSOR),
    _schema("texts", "variant", columns={**_TENSOR, "num_tokens": "int32"}),
)
TABLES: Mapping[str, TableSchema] = {schema.name: schema for schema in _SCHEMAS}


def conform(
    rows: pa.RecordBatch, *, table: str, key: tuple[str, ...], columns: Mapping[str, pa.DataType]
) -> pa.RecordBatch:
    """The same rows in plain form, the columns of `columns` in the types given there.

    Other columns keep the plain form of their own type.

    Raises:
        InvalidInputError: a key is missing or null, a column is there twice, has a name or type that tables
            can't hold, or not the values that it must have.
    """
    if len(set(rows.schema.names)) < rows.num_columns:
        raise InvalidInputError(f"table {table}: a column name is there twice in {rows.schema.names}")
    for name in key:
        if name not in rows.schema.names or rows[name].null_count:
            raise InvalidInputError(f"table {table}: each row needs {' and '.join(key)}", field=name)
    plain = {}
    for name, array in zip(rows.schema.names, rows.columns, strict=True):
        try:
            wanted = columns[name] if name in columns else plain_type(array.type)
            plain[check_name(name)] = _cast(plain_array(array), wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, InvalidInputError) as error:
            raise InvalidInputError(f"table {table}, column {name}: {error}", field=name) from error
    if STATE in plain and pc.any(pc.invert(pc.is_in(plain[STATE].drop_null(), pa.array(STATES)))).as_py():
        raise InvalidInputError(f"table {table}, column {STATE}: use {', '.join(STATES)}", field=STATE)
    return pa.RecordBatch.from_pydict(plain)


def row_batches(schema: TableSchema, rows: Iterable[Mapping[str, object]]) -> Iterator[pa.RecordBatch]:
    """Rows given as dictionaries, in batches as a `TableWriter` takes them.

    Raises:
        InvalidInputError: a row lacks a column that the first one has, or a value is not of its type.
    """
    remaining = iter(rows)
    while chunk := list(islice(remaining, _BATCH_ROWS)):
        try:
            yield pa.RecordBatch.from_pydict(
                {name: pa.array([row[name] for row in chunk], schema.columns.get(name)) for name in chunk[0]}
            )
        except (pa.ArrowException, KeyError) as error:
            raise InvalidInputError(
                f"table {schema.name}: {error}; give all rows the same columns"
            ) from error


def _cast(array: Array, wanted: pa.DataType) -> Array:
    # Arrow would parse "12" into a number, and take 16 letters for a sample id.
    is_text = pa.types.is_string(array.type)
    if is_text != pa.types.is_string(wanted) and not pa.types.is_null(array.type):
        raise InvalidInputError(f"it is {array.type}, not {wanted}")
    return array.cast(wanted)
