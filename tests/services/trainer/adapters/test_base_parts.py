import hashlib
from pathlib import Path

import torch
from torch import Tensor

from services.trainer.adapters.base_parts import LoadedBase, TextStates
from services.trainer.domain.model_hash import window_hash, window_of
from services.trainer.domain.noise_schedule import Prediction
from services.trainer.training_spec import SamplePrompt, TrainingSpec
from tests.services.trainer.bakery import Bakery, encode, open_bakery

CPU = torch.device("cpu")


def load(bakery: Bakery, **changes: object) -> LoadedBase:
    spec = TrainingSpec(base_model=bakery.base_model, max_train_steps=1, **changes)  # type: ignore[arg-type]  # many types
    return LoadedBase(bakery.blobs, spec, bakery.scratch, CPU)


def test_the_text_encoder_is_there_only_where_it_is_trained(bakery: Bakery) -> None:
    assert load(bakery).parts.text_states is None
    assert load(bakery, network_train_unet_only=False).parts.text_states is not None


def test_texts_are_encoded_as_the_cache_has_them(bakery: Bakery) -> None:
    parts = load(bakery, network_train_unet_only=False).parts
    assert isinstance(parts.text_states, TextStates)
    states = parts.text_states(parts.tokenize(["a red star"]))
    torch.testing.assert_close(states, encode(bakery.model, ["a red star"]))


def test_clip_skip_and_length_are_those_of_the_spec(bakery: Bakery) -> None:
    plain, skipped, long = (
        encoded_by(load(bakery, network_train_unet_only=False, **changes))
        for changes in ({}, {"clip_skip": 2}, {"max_token_length": 150})
    )
    assert plain.shape == skipped.shape == (1, 77, 32)
    assert not torch.equal(plain, skipped)
    assert long.shape == (1, 152, 32)


def encoded_by(base: LoadedBase) -> Tensor:
    assert base.parts.text_states is not None
    states: Tensor = base.parts.text_states(base.parts.tokenize(["a red star"]))
    return states


def test_samples_use_the_modules_that_are_trained(bakery: Bakery) -> None:
    base = load(bakery, sample_prompts=(SamplePrompt(prompt="a"),))
    assert base.for_samples.denoiser is base.parts.unet


def test_the_schedule_is_the_models(bakery: Bakery) -> None:
    parts = load(bakery).parts
    assert parts.prediction is Prediction.EPSILON
    assert parts.alphas.shape == (1000,)
    assert parts.facts.base_model_version == "sd_v1"


def test_a_single_file_is_known_by_name_and_hash(tmp_path: Path) -> None:
    facts = load(open_bakery(tmp_path, num_pictures=1, single=True)).parts.facts
    assert facts.name == "model.safetensors"
    file = (tmp_path / "single" / "model.safetensors").read_bytes()
    assert facts.sha256 == hashlib.sha256(file).hexdigest()
    assert facts.short_hash == window_hash(window_of(file))
