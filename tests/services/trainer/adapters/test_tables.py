from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.manifest.schema import FAILED
from services.trainer.adapters.tables import read_training_set
from services.trainer.training_set import by_content
from tests.services.trainer.bakery import Bakery, put_manifest, row

ONE, OTHER = b"1" * 16, b"2" * 16


def place(number: int) -> dict[str, object]:
    return {"key": "a" * 64, "shard": "b" * 64, "row": number, "crc32c": 5}


def test_samples_have_all_that_belongs_to_them(bakery: Bakery) -> None:
    found = read_training_set(bakery.blobs, bakery.inputs, need_texts=True)
    assert len(found.samples) == 5
    (first,) = [one for one in found.samples if one.captions == ("a red star, picture 0",)]
    assert (first.entry, first.buckets) == ("cats", ((64, 64),))
    assert len(first.latents) == len(first.texts) == 1
    assert found.left_out == {}


def test_samples_come_in_an_order_of_their_own(bakery: Bakery) -> None:
    found = read_training_set(bakery.blobs, bakery.inputs, need_texts=True)
    assert list(found.samples) == by_content(reversed(found.samples))


def test_texts_are_left_alone_where_they_are_not_needed(bakery: Bakery) -> None:
    inputs = {name: digest for name, digest in bakery.inputs.items() if name != "texts"}
    assert read_training_set(bakery.blobs, inputs, need_texts=False).samples[0].texts == ()


def test_a_sample_that_failed_somewhere_is_left_out_with_the_reason(bakery: Bakery, tmp_path: Path) -> None:
    blobs = Blobs(bakery.store, "tables")
    failed = {**row(OTHER, draw=0, **place(1)), "state": FAILED, "key": None}
    inputs = {
        "snapshot": put_manifest(
            blobs,
            "snapshot",
            {
                "samples": [row(ONE, entry="cats"), row(OTHER, entry="cats")],
                "buckets": [row(i, draw=0, bucket_width=64, bucket_height=64) for i in (ONE, OTHER)],
            },
            tmp_path,
        ),
        "captions": put_manifest(
            blobs, "captions", {"captions": [row(i, variant=0, text="x") for i in (ONE, OTHER)]}, tmp_path
        ),
        "latents": put_manifest(
            blobs, "latents", {"latents": [row(ONE, draw=0, **place(0)), failed]}, tmp_path
        ),
        "texts": put_manifest(
            blobs,
            "texts",
            {"texts": [row(ONE, variant=0, **place(2)), row(OTHER, variant=0, **place(3))]},
            tmp_path,
        ),
    }
    found = read_training_set(blobs, inputs, need_texts=True)
    assert [sample.latents[0].row for sample in found.samples] == [0]
    assert found.left_out == {"without latents": 1}


def test_a_missing_input_is_named(bakery: Bakery) -> None:
    with pytest.raises(InvalidInputError, match="no input 'snapshot'"):
        read_training_set(bakery.blobs, {}, need_texts=True)


def test_the_wrong_manifest_is_refused(bakery: Bakery) -> None:
    inputs = {**bakery.inputs, "latents": bakery.inputs["texts"]}
    with pytest.raises(StateError, match="the latents manifest has no table latents"):
        read_training_set(bakery.blobs, inputs, need_texts=True)
