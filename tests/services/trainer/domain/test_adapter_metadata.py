import json
from dataclasses import replace
from fractions import Fraction

from services.trainer.domain.adapter_metadata import (
    METADATA_KEYS,
    VARIABLE_KEYS,
    DataFacts,
    FolderFacts,
    ModelFacts,
    RunFacts,
    adapter_metadata,
)
from services.trainer.options import exported_options, network_args
from services.trainer.training_spec import TrainingSpec

SPEC = TrainingSpec(base_model="a" * 64, max_train_steps=10, conv_dim=2)
DATA = DataFacts(
    folders=[
        FolderFacts(name="cats", is_prior=False, num_images=4, num_passes=Fraction(3)),
        FolderFacts(name="old", is_prior=True, num_images=2, num_passes=Fraction(1)),
    ],
    buckets=[(64, 64, 9), (96, 64, 5)],
    tag_frequency={"cats": {"red": 4}},
    num_batches_per_epoch=7,
)
RUN = RunFacts(
    options=exported_options(SPEC, 10, 42),
    network_args=network_args(SPEC),
    step=10,
    epoch=2,
    num_epochs=2,
    session_id=1,
    started_at=1000.5,
    finished_at=2000.5,
)
MODEL = ModelFacts(
    architecture="stable-diffusion-v1/lora", base_model_version="sd_v1", prediction_type="epsilon"
)


def test_every_key_is_there_and_all_is_text() -> None:
    metadata = adapter_metadata(DATA, RUN, MODEL)
    assert set(metadata) == set(METADATA_KEYS)
    assert all(isinstance(value, str) for value in metadata.values())


def test_pictures_are_counted_with_their_passes() -> None:
    metadata = adapter_metadata(DATA, RUN, MODEL)
    assert (metadata["ss_num_train_images"], metadata["ss_num_reg_images"]) == ("12", "2")
    assert json.loads(metadata["ss_dataset_dirs"]) == {"cats": {"n_repeats": 3, "img_count": 4}}
    assert json.loads(metadata["ss_reg_dataset_dirs"]) == {"old": {"n_repeats": 1, "img_count": 2}}


def test_a_fraction_of_a_pass_is_a_decimal() -> None:
    folders = [FolderFacts(name="cats", is_prior=False, num_images=5, num_passes=Fraction(3, 2))]
    metadata = adapter_metadata(replace(DATA, folders=folders), RUN, MODEL)
    assert metadata["ss_num_train_images"] == "8"
    assert json.loads(metadata["ss_dataset_dirs"]) == {"cats": {"n_repeats": 1.5, "img_count": 5}}


def test_the_resolution_is_that_of_most_pictures() -> None:
    metadata = adapter_metadata(DATA, RUN, MODEL)
    assert (metadata["ss_resolution"], metadata["modelspec.resolution"]) == ("(64, 64)", "64x64")


def test_values_are_spelt_as_kohya_spells_them() -> None:
    metadata = adapter_metadata(DATA, RUN, MODEL)
    assert metadata["ss_network_args"] == '{"conv_dim": "2", "conv_alpha": "1"}'
    assert metadata["ss_min_snr_gamma"] == "None"
    assert metadata["ss_v2"] == "False"
    assert metadata["ss_seed"] == "42"


def test_a_checkpoint_is_named_where_it_has_a_name() -> None:
    model = replace(MODEL, name="v1-5.safetensors", sha256="abc", short_hash="ab")
    metadata = adapter_metadata(DATA, RUN, model)
    assert metadata["ss_sd_model_name"] == "v1-5.safetensors"
    assert (metadata["ss_sd_model_hash"], metadata["ss_new_sd_model_hash"]) == ("ab", "abc")


def test_only_variable_keys_vary() -> None:
    later = replace(RUN, session_id=2, started_at=3000.0, finished_at=4000.0)
    one, other = adapter_metadata(DATA, RUN, MODEL), adapter_metadata(DATA, later, MODEL)
    assert {key for key in one if one[key] != other[key]} == set(VARIABLE_KEYS)
