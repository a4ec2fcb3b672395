"""Networks of all forms in a real onnxruntime: those of WD14's are run, others refused with the reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from bakehouse.blobs.blobs import Blobs
from bakehouse.jobs.failures import ConfigError
from services.captioner.adapters.model_files import ModelFiles
from services.captioner.adapters.onnx_tagger import OnnxTagger, OnnxTaggers
from tests.services.captioner.tiny_tagger import BIASES, NUM_TAGS, SIDE, WEIGHTS, tagger_model


def tagger_of(model: bytes, folder: Path) -> OnnxTagger:
    path = folder / "model.onnx"
    path.write_bytes(model)
    return OnnxTagger(path, num_threads=1)


def squares(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    values = np.random.default_rng(7).integers(0, 256, (count, SIDE, SIDE, 3))
    return values.astype(np.float32)


def test_scores_are_what_the_network_says(tmp_path: Path) -> None:
    tagger = tagger_of(tagger_model(), tmp_path)
    assert tagger.side == SIDE
    given = squares(3)
    logits = (given / 255).mean(axis=(1, 2)) @ WEIGHTS.T + BIASES
    np.testing.assert_allclose(tagger.score(given), 1 / (1 + np.exp(-logits)), atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_fixed_batch_gives_the_same(tmp_path: Path, batch: int) -> None:
    fixed = tagger_of(tagger_model(shape=(batch, SIDE, SIDE, 3)), tmp_path)
    given = squares(3)
    scores = fixed.score(given)
    assert scores.shape == (3, NUM_TAGS)
    np.testing.assert_allclose(scores, tagger_of(tagger_model(), tmp_path).score(given), atol=1e-6)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (
            {"shape": ("n", 3, SIDE, SIDE), "axes": (2, 3)},
            r"\[n, 3, 16, 16\], channels first \(NCHW\); give the",
        ),
        (
            {"shape": ("n", "h", "w", 3)},
            r"takes \[n, h, w, 3\]; give a tagger that takes .* with a fixed side",
        ),
        ({"shape": ("n", 16, 32, 3)}, r"takes \[n, 16, 32, 3\]"),
        ({"kind": TensorProto.FLOAT16}, r"takes input: tensor\(float16\); give a tagger that"),
    ],
)
def test_another_form_is_refused(tmp_path: Path, form: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tagger_of(tagger_model(**form), tmp_path)


@pytest.mark.parametrize("model", [b"", b"no network", tagger_model()[:200]])
def test_what_is_no_network_is_refused(tmp_path: Path, model: bytes) -> None:
    with pytest.raises(ConfigError, match=r"model\.onnx can't be loaded .*; give one whole ONNX file"):
        tagger_of(model, tmp_path)


def test_values_that_are_no_probabilities_are_refused(tmp_path: Path) -> None:
    tagger = tagger_of(tagger_model(tail="Identity"), tmp_path)
    with pytest.raises(ConfigError, match="are no probabilities; give a tagger with its sigmoid inside"):
        tagger.score(squares(2))
    with pytest.raises(ConfigError, match="are no probabilities"):
        tagger_of(tagger_model(), tmp_path).score(np.full((1, SIDE, SIDE, 3), np.nan, np.float32))


def test_an_output_of_another_form_is_refused(tmp_path: Path) -> None:
    tagger = tagger_of(tagger_model(tail="Shape"), tmp_path)
    with pytest.raises(
        ConfigError, match=r"gives int64 of shape \(2,\) for 2 pictures; its first output must"
    ):
        tagger.score(squares(2))


def test_a_tagger_is_loaded_once(shared: Blobs, tmp_path: Path) -> None:
    taggers = OnnxTaggers(ModelFiles(tmp_path), num_threads=1)
    first, second = (shared.put(tagger_model(shape=(n, SIDE, SIDE, 3))) for n in (1, 2))
    tagger = taggers(shared, first)
    assert taggers(shared, first) is tagger
    assert taggers(shared, second) is not tagger
