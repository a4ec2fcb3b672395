"""The header as bytes: one form for each value, and nothing else is believed."""

import json
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from bakehouse.cache.revisions import golden_problem
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, StateError
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest, encode_manifest
from bakehouse.manifest.schema import SCHEMA
from bakehouse.manifest.table import Part, TableRef

GOLDENS = {1: "5897039cc32f98e81dfa17cd3c1e45f0f425f47c3bb0cf3ab20195955d3c1942"}

PART = Part(
    prefix="",
    num_rows=3,
    states={"failed": 1, "kept": 2},
    content=digest_bytes(b"content"),
    blob=digest_bytes(b"blob"),
    size_bytes=99,
)
COLUMNS: dict[str, pa.DataType] = {
    "sample_id": pa.binary(16),
    "width": pa.int32(),
    "tags": pa.list_(pa.struct([("name", pa.string())])),
}
SAMPLES = TableRef(key=("sample_id",), columns=COLUMNS, parts=(PART,))
PARENT = ManifestRef(blob=digest_bytes(b"parent blob"), content=digest_bytes(b"parent"))
MANIFEST = Manifest(
    stage="ingest", revision=1, spec=digest_bytes(b"spec"), parents=(PARENT,), tables={"samples": SAMPLES}
)


def test_the_form_changes_with_the_schema_number_only() -> None:
    assert golden_problem(SCHEMA, encode_manifest(MANIFEST) + MANIFEST.content.encode(), GOLDENS) is None


def test_a_header_is_read_back() -> None:
    assert decode_manifest(encode_manifest(MANIFEST)) == MANIFEST


def test_unknown_keys_are_kept_and_belong_to_the_identity() -> None:
    data = canonical_bytes({**json.loads(encode_manifest(MANIFEST)), "colour": ["red"]})
    manifest = decode_manifest(data)
    assert manifest.extra == {"colour": ["red"]}
    assert encode_manifest(manifest) == data
    assert manifest.content != MANIFEST.content


def test_counts() -> None:
    assert MANIFEST.counts == {"samples": {"failed": 1, "kept": 2, "rows": 3}}


def test_the_identity_leaves_out_how_things_are_stored() -> None:
    part = replace(PART, blob=digest_bytes(b"other"), size_bytes=1)
    parent = replace(PARENT, blob=digest_bytes(b"other"))
    other = replace(MANIFEST, tables={"samples": replace(SAMPLES, parts=(part,))}, parents=(parent,))
    assert other.content == MANIFEST.content
    assert encode_manifest(other) != encode_manifest(MANIFEST)


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "curate"},
        {"revision": 2},
        {"spec": digest_bytes(b"other")},
        {"parents": ()},
        {"parents": (replace(PARENT, content=digest_bytes(b"other")),)},
        {"tables": {}},
        {"tables": {"samples": replace(SAMPLES, parts=())}},
        {"tables": {"samples": SAMPLES, "more": SAMPLES}},
    ],
)
def test_everything_else_belongs_to_the_identity(change: dict[str, object]) -> None:
    assert replace(MANIFEST, **change).content != MANIFEST.content  # type: ignore[arg-type]  # a field each


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "Ingest"},
        {"revision": 0},
        {"spec": Digest("x")},
        {"tables": {"a table": SAMPLES}},
        {"extra": {"schema": 3}},
    ],
)
def test_what_is_no_manifest_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(MANIFEST, **change)  # type: ignore[arg-type]  # a field each


def test_a_newer_schema_is_refused() -> None:
    data = canonical_bytes({"schema": SCHEMA + 1, "all": "new"})
    with pytest.raises(StateError, match=f"of schema {SCHEMA + 1}; this program reads {SCHEMA}"):
        decode_manifest(data)


def changed(text: str, instead: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(text.encode(), instead.encode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b'{"schema":1}',
        lambda _: b"[" * 100_000,
        lambda _: b"\xff",
        lambda data: data + b"\n",
        lambda data: data[:-1],
        changed('"schema":1', '"schema":0'),
        changed('"schema":1', '"schema":true'),
        changed('"schema":1', '"schema":"1"'),
        changed('"revision":1', '"revision":"1"'),
        changed('"revision":1', '"revision":1.0'),
        changed('"revision":1', '"revision":1,"revision":1'),
        changed('"num_rows":3', '"num_rows":3,"surprise":1'),
        changed('"num_rows":3', '"num_rows":1e99'),
        changed('"num_rows":3', '"num_rows":-3'),
        changed('"prefix":""', '"prefix":"2"'),
        changed('"int32"', '"int33"'),
        changed('["sample_id"]', '["width"]'),
        changed('"ingest"', '"../x"'),
        changed('"parents":[', '"parents":[null,'),
        changed('"tables":{', '"tables":{"x":[],'),
    ],
)
def test_damaged_bytes_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    data = encode_manifest(MANIFEST)
    assert spoil(data) != data
    with pytest.raises(CorruptionError, match="this is no manifest"):
        decode_manifest(spoil(data))
