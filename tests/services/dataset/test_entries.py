from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from services.dataset.entries import SnapshotSpec, parse_snapshot

CATS: dict[str, Json] = {"id": "cats", "listing": "0" * 64}


def parsed(*entries: Json, **options: Json) -> SnapshotSpec:
    return parse_snapshot({"entries": list(entries), **options})


def refused(*entries: Json, **options: Json) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parsed(*entries, **options)
    return caught.value.message


def test_an_entry_of_simpletuners_document_is_taken_as_it_is() -> None:
    document: dict[str, Json] = {
        **CATS,
        "type": "local",
        "crop": True,
        "crop_style": "center",
        "crop_aspect": "square",
        "resolution": 1024,
        "minimum_image_size": 768,
        "maximum_image_size": 2048,
        "minimum_aspect_ratio": "0.5",
        "maximum_aspect_ratio": "3",
        "target_downsample_size": 1024,
        "resolution_type": "pixel_area",
        "prepend_instance_prompt": False,
        "instance_prompt": "something to label every image",
        "only_instance_prompt": False,
        "caption_strategy": "textfile",
        "cache_dir_vae": "/path/to/vaecache",
        "repeats": 0,
        "probability": "1",
        "vae_cache_clear_each_epoch": False,
    }
    embeddings: Json = {"id": "embeds", "dataset_type": "text_embeds", "type": "aws", "aws_region_name": None}
    spec = parsed(document, embeddings, alignment=16, seed=7)
    (entry,) = spec.entries
    assert (entry.rules.maximum_aspect, entry.rules.alignment, spec.seed) == (3.0, 16, 7)
    assert [(r.entry, r.option) for r in spec.replaced] == [
        ("cats", "cache_dir_vae"),
        ("cats", "vae_cache_clear_each_epoch"),
        ("embeds", ""),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop_stile": "center"}, "dataset cats: crop_stile: 'center': unknown; did you mean crop_style?"),
        ({"instance_data_dir": "/cats"}, "instance_data_dir: the client replaces it by a listing"),
        ({"aws_bucket_name": "b"}, "aws_bucket_name: the client replaces it by a listing"),
        ({"caption_strategy": "parquet"}, "dataset cats: parquet: missing; caption_strategy and"),
        ({"crop_style": "faces"}, "dataset cats: crop_style: 'faces' is none of random, center"),
        ({"dataset_type": "video"}, "dataset cats: dataset_type: 'video' is not there yet: videos"),
        ({"resolution": "wide"}, "dataset cats: resolution: 'wide' is no number; give one"),
        ({"listing": "12"}, "dataset cats: listing: '12' is no SHA-256"),
        ({"disabled": True}, "none of the entries is a dataset of images that is enabled"),
        ({"disable": True, "disabled": False}, "it is disabled again; give one of them"),
    ],
)
def test_what_can_not_be_taken_is_refused(options: dict[str, Any], message: str) -> None:
    assert message in refused({**CATS, **options})


def test_all_entries_are_looked_at_before_anything_is_said() -> None:
    message = refused({**CATS, "repeets": 1, "resolution": "x"}, {**CATS, "id": "dogs", "type": "azure"})
    assert all(part in message for part in ("cats: repeets", "cats: resolution", "dogs: type"))


def test_ids_are_there_once() -> None:
    assert "dataset cats: id: 'cats' is there twice" in refused(CATS, CATS)


def test_both_spellings_and_null_are_taken() -> None:
    entry: Json = {**CATS, "is_regularization_data": True, "max_upscale_threshold": None}
    (found,) = parsed(entry).entries
    assert found.spec.is_regularisation_data


def test_the_spec_itself_is_checked() -> None:
    assert "snapshot.alignmnet: unknown; did you mean alignment?" in refused(CATS, alignmnet=16)
    assert "snapshot.alignment" in refused(CATS, alignment=0)
    assert "none of the entries is a dataset of images" in refused()
