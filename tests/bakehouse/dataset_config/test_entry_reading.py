"""One dataset of a document: what is made of each key, and what is said of it."""

from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entry_fields import ParquetBlock, Shape
from bakehouse.dataset_config.entry_reading import ReadEntry, read_entry

CATS: dict[str, Any] = {"id": "cats", "instance_data_dir": "cats"}


def read(**options: Any) -> ReadEntry:
    return read_entry({**CATS, **options}, place="datasets[0]")


def test_values_have_one_form_and_what_is_made_of_them_its_types() -> None:
    entry = read(
        resolution="512",
        crop="True",
        crop_aspect="random",
        crop_aspect_buckets=[1, {"aspect_ratio": "0.5", "weight": 2}],
        aspect_resolution_map={"0.5": [384, "768"]},
        instance_prompt=["a cat", "the cat"],
        probability="0.50",
        crop_style=None,
    )
    assert entry.problems == ()
    assert entry.values == {
        **CATS,
        "resolution": "512",
        "crop": True,
        "crop_aspect": "random",
        "crop_aspect_buckets": ["1", {"aspect": "0.5", "weight": "2"}],
        "aspect_resolution_map": {"0.5": [384, 768]},
        "instance_prompt": ["a cat", "the cat"],
        "probability": "0.5",
    }
    assert entry.spec is not None
    assert (entry.spec.resolution, entry.spec.crop, entry.spec.probability) == (512, True, 0.5)
    assert entry.spec.crop_aspect_buckets == (1.0, Shape(aspect=0.5, weight=2))
    assert entry.spec.aspect_resolution_map == {"0.5": (384, 768)}
    assert entry.spec.prompts == ("a cat", "the cat")


def test_what_was_read_reads_the_same_again() -> None:
    entry = read(
        resolution=[512, 768], bucketing="kohya", repeats="3", parquet={"path": "a", "caption_column": "c"}
    )
    again = read_entry(entry.values, place="datasets[0]")
    assert (again.values, again.spec, again.problems) == (entry.values, entry.spec, ())
    assert entry.spec is not None
    assert (entry.spec.resolution_size, entry.spec.resolution) == ((512, 768), 768)
    assert entry.spec.parquet == ParquetBlock(caption_column=("c",))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"crop_stile": "center"}, "crop_stile: 'center': unknown; did you mean crop_style?"),
        ({"num_repeats": 10}, "num_repeats: 10: unknown; here it is repeats, which counts the extra passes"),
        (
            {"crop_style": "faces"},
            "crop_style: 'faces' is none of random, center, centre, corner, face; did you",
        ),
        ({"resolution_type": 7}, "resolution_type: 7 is none of pixel, area, pixel_area; give one of them"),
        ({"resolution": "wide"}, "resolution: 'wide' is no number; give one"),
        ({"crop": "perhaps"}, "crop: 'perhaps' is neither true nor false; give one of them"),
        ({"end_step": 1.5}, "end_step: 1.5 is no whole number; give one"),
        ({"repeats": -1}, "repeats: -1 is out of range; give 0 to 1000000"),
        ({"max_upscale_threshold": 20}, "max_upscale_threshold: 20 is out of range; give 0 to 1"),
        ({"write_batch_size": "many"}, "write_batch_size: 'many' is no whole number; give one"),
        ({"disabled": False, "disable": False}, "disable: it is disabled again; give one of them"),
        ({"parquet": {"pth": "x", "path": "x"}}, "parquet.pth: 'x': unknown; did you mean path?"),
        ({"parquet": {"caption_column": "c"}}, "parquet.path: missing; name the table"),
        ({"parquet": "table.parquet"}, "parquet: 'table.parquet' is no table of options; give one"),
        ({"dataset_type": "video"}, "dataset_type: 'video' is not there yet: videos are not read"),
        ({"conditioning_data": "masks"}, "conditioning_data: 'masks' is not there yet: pairs of pictures"),
        (
            {"maximum_image_size": 2048},
            "maximum_image_size: 2048 goes with target_downsample_size; give both",
        ),
    ],
)
def test_what_is_wrong_is_said_with_dataset_key_value_and_remedy(
    options: dict[str, Any], problem: str
) -> None:
    (found,) = read(**options).problems
    assert found.startswith(f"dataset cats: {problem}")


def test_all_that_is_wrong_is_said_at_once() -> None:
    entry = read(crop_stile="x", resolution="wide", repeats=-1, max_upscale_threshold=0.5)
    assert len(entry.problems) == 4
    assert entry.spec is None


def test_what_goes_with_a_wrong_value_is_not_wrong_because_of_it() -> None:
    (problem,) = read(maximum_image_size="big", target_downsample_size=768).problems
    assert problem.startswith("dataset cats: maximum_image_size: 'big'")


def test_a_wrong_key_in_a_block_is_said_beside_what_is_missing() -> None:
    first, second = read(video={"num_frames": "many", "min_frames": 25}).problems
    assert first == "dataset cats: video.num_frames: 'many' is no whole number; give one"
    assert second.startswith("dataset cats: video: ")
    (third, _) = read(conditioning=[{"type": "canny", "low_threshold": 300}]).problems
    assert third.startswith("dataset cats: conditioning[0].low_threshold: 300 is out of range; give 0 to 255")


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}])
def test_what_is_not_there_yet_may_be_asked_for_nothing(value: Json) -> None:
    entry = read(conditioning=value, video=value)
    assert (entry.problems, entry.spec is None) == ((), False)


def test_what_is_left_out_may_be_of_what_is_not_there_yet() -> None:
    entry = read(dataset_type="video", video={"num_frames": 25}, disable="true")
    assert (entry.problems, entry.is_disabled, entry.spec) == ((), True, None)
    assert len(read(dataset_type="video", disable="true", crop_stile="x").problems) == 1


def test_what_is_replaced_is_told_and_left_out() -> None:
    entry = read(cache_dir_vae="/cache", skip_file_discovery="vae")
    assert entry.values == CATS
    assert entry.replaced.keys() == {"cache_dir_vae", "skip_file_discovery"}


def test_a_list_of_choices_is_read_as_its_first() -> None:
    entry = read(crop_style="corner|center")
    assert (entry.values["crop_style"], entry.problems) == ("corner", ())
    assert "'corner|center' lists the choices; read as corner" in entry.remarks[0]
    assert read(crop_style="corner|middle").problems


@pytest.mark.parametrize("key", ["aws_secret_key", "aws_secret_access_key", "hub_token"])
def test_no_message_shows_a_secret(key: str) -> None:
    found = read(**{key: ["hunter2"]}).problems
    assert found
    assert "hunter2" not in "; ".join(found)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("cats", "datasets[0]: 'cats' is no table of options; give one"),
        ({"instance_data_dir": "cats"}, "datasets[0]: id: missing; give it a name that stays"),
        ({**CATS, "a\nb": 1}, "dataset cats: 'a\\nb': 1: unknown; see the documentation"),
        (
            {**CATS, "id": "a\nb", "repeats": -1},
            "datasets[0]: repeats: -1 is out of range; give 0 to 1000000",
        ),
        ({"instance_data_dir": "cats", "id": ["a"]}, "datasets[0]: id: ['a'] is no text; put it in quotes"),
    ],
)
def test_a_dataset_without_a_name_is_said_by_its_place(table: Json, problem: str) -> None:
    assert read_entry(table, place="datasets[0]").problems == (problem,)
