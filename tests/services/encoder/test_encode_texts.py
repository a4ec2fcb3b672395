from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bakehouse.cache.shards import IndexEntry, ShardReader
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from tests.bakehouse.models.tiny_models import TEXT_WIDTH
from tests.services.encoder.bakes import Bench
from tests.services.encoder.snapshots import put_snapshot, row_of, sources, table
from tests.stage_bench import Job


def job(bench: Bench, base_model: Digest, captions: Sequence[str], **spec: Any) -> Job:
    found = [
        source
        for number, text in enumerate(captions)
        for source in sources(number + 1, captions=[text])[number:]
    ]
    return Job(
        kind="encoder.texts",
        spec={"base_model": base_model, **spec},
        inputs={"captions": put_snapshot(bench.blobs, found, bench.scratch)},
    )


def test_every_caption_has_its_hidden_states(bench: Bench, base_model: Digest) -> None:
    _, result = bench.bake(job(bench, base_model, ["a red star", "a blue square"]))
    rows = table(bench.blobs, result, "texts")
    reader = ShardReader(bench.blobs)
    for row in rows.values():
        entry = IndexEntry(key=row["key"], shard=Digest(row["shard"]), row=row["row"], crc32c=row["crc32c"])
        assert reader.read(entry).shape == (77, TEXT_WIDTH)
        assert row["num_tokens"] == 77
    assert result["counts"] == {"kept": 2}


def test_equal_texts_are_encoded_once_and_the_empty_one_beside_them(bench: Bench, base_model: Digest) -> None:
    planned, result = bench.bake(job(bench, base_model, ["a star", "a star", "a star"]))
    assert planned.header.num_items == 2
    keys = {row["key"] for row in table(bench.blobs, result, "texts").values()}
    assert len(keys) == 1
    assert result["empty"]["key"] not in keys


def test_again_nothing_is_computed(bench: Bench, base_model: Digest) -> None:
    _, first = bench.bake(job(bench, base_model, ["one", "two"]))
    planned, again = bench.bake(job(bench, base_model, ["one", "two"]))
    assert (planned.header.num_items, planned.header.num_hits) == (0, 3)
    assert again == first


@pytest.mark.parametrize("num_pictures", [0, 2])
def test_where_no_picture_has_a_caption_the_remedy_is_said(
    bench: Bench, base_model: Digest, num_pictures: int
) -> None:
    snapshot = put_snapshot(bench.blobs, sources(num_pictures, captions=[]), bench.scratch)
    asked = Job(kind="encoder.texts", spec={"base_model": base_model}, inputs={"captions": snapshot})
    with pytest.raises(
        InvalidInputError, match=r"no picture has a caption; write a .txt beside each, name a"
    ):
        bench.bake(asked)


def test_one_changed_caption_is_exactly_one_text(bench: Bench, base_model: Digest) -> None:
    bench.bake(job(bench, base_model, ["one", "two", "three"]))
    planned, _ = bench.bake(job(bench, base_model, ["one", "2", "three"]))
    assert planned.header.num_items == 1


def test_without_dropout_there_is_no_empty_text(bench: Bench, base_model: Digest) -> None:
    planned, result = bench.bake(job(bench, base_model, ["one"], dropout=False))
    assert planned.header.num_items == 1
    assert result["empty"] is None


def test_a_sample_without_a_caption_has_no_text(bench: Bench, base_model: Digest) -> None:
    captioned, without = sources(1), sources(2, captions=[])[1:]
    snapshot = put_snapshot(bench.blobs, [*captioned, *without], bench.scratch)
    planned, result = bench.bake(
        Job(kind="encoder.texts", spec={"base_model": base_model}, inputs={"captions": snapshot})
    )
    assert planned.header.num_items == 2
    assert result["counts"] == {"kept": 1}


def test_a_single_file_of_the_same_weights_finds_all(bench: Bench, base_model: Digest, single: Path) -> None:
    bench.bake(job(bench, base_model, ["one"]))
    assert bench.plan(job(bench, bench.register(single), ["one"])).header.num_items == 0


def test_another_length_is_encoded_anew(bench: Bench, base_model: Digest) -> None:
    bench.bake(job(bench, base_model, ["one"]))
    _, result = bench.bake(job(bench, base_model, ["one"], max_token_length=225))
    assert row_of(bench.blobs, result, "texts", sources(1)[0])["num_tokens"] == 227


def test_a_length_that_the_family_does_not_take_is_refused(bench: Bench, base_model: Digest) -> None:
    with pytest.raises(InvalidInputError, match="max_token_length: 100; Stable Diffusion"):
        bench.plan(job(bench, base_model, ["one"], max_token_length=100))
