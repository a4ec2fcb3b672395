from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from bakehouse.base_model import load_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import Tensor
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from services.encoder.adapters.torch_encoder import TorchEncoder
from services.encoder.ports import Pixels
from services.encoder.specs import LatentsSpec, TextsSpec
from tests.bakehouse.models.tiny_models import TEXT_WIDTH, TinyModel, save_folder, tiny_model
from tests.services.encoder.bakes import Bench
from tests.services.encoder.snapshots import gradient

PIXELS: list[Pixels] = [np.asarray(gradient(number, (64, 48))) for number in range(3)]


@pytest.fixture
def encoder(bench: Bench) -> TorchEncoder:
    return TorchEncoder(bench.scratch)


def values(tensor: Tensor | None) -> torch.Tensor:
    assert tensor is not None
    dtype = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[tensor.dtype]
    return torch.frombuffer(bytearray(tensor.data), dtype=dtype).reshape(tensor.shape)


def raw_mean(vae: AutoencoderKL, pixels: Pixels) -> torch.Tensor:
    """As diffusers itself gives it."""
    unit = torch.from_numpy(pixels.copy()).float() / 127.5 - 1
    with torch.no_grad():
        mean: torch.Tensor = vae.encode(unit.permute(2, 0, 1)[None]).latent_dist.mean
    return mean[0]


def test_latents_are_the_raw_posterior_mean(
    encoder: TorchEncoder, blobs: Blobs, base_model: Digest, model: TinyModel
) -> None:
    found = encoder.encode_pictures(blobs, LatentsSpec(base_model=base_model), PIXELS)
    for pixels, tensor in zip(PIXELS, found, strict=True):
        assert torch.allclose(values(tensor), raw_mean(model.vae, pixels), atol=1e-5)
    assert values(found[0]).shape == (4, 6, 8)


@pytest.mark.parametrize(("dtype", "stored"), [("float32", "F32"), ("bfloat16", "BF16"), ("float16", "F16")])
def test_latents_are_stored_in_the_asked_dtype(
    encoder: TorchEncoder, blobs: Blobs, base_model: Digest, dtype: str, stored: str
) -> None:
    spec = LatentsSpec(base_model=base_model, dtype=dtype)  # type: ignore[arg-type]  # of three, as above
    (found,) = encoder.encode_pictures(blobs, spec, PIXELS[:1])
    assert found is not None
    assert found.dtype == stored


def test_a_vae_that_gives_nan_gives_nothing(bench: Bench, blobs: Blobs, tmp_path: Path) -> None:
    broken = tiny_model(5)
    torch.nn.init.constant_(broken.vae.encoder.conv_in.weight, float("nan"))
    base = bench.register(save_folder(broken, tmp_path / "broken"))
    found = TorchEncoder(bench.scratch).encode_pictures(blobs, LatentsSpec(base_model=base), PIXELS)
    assert found == [None, None, None]


def test_texts_are_hidden_states_with_their_padding(
    encoder: TorchEncoder, blobs: Blobs, base_model: Digest
) -> None:
    spec = TextsSpec(base_model=base_model, max_token_length=150, clip_skip=2)
    found = encoder.encode_texts(blobs, spec, ["a red circle", ""])
    assert [values(tensor).shape for tensor in found] == [(152, TEXT_WIDTH)] * 2


def test_a_layer_that_is_not_there_is_refused_before_any_text(
    encoder: TorchEncoder, blobs: Blobs, base_model: Digest
) -> None:
    with pytest.raises(InvalidInputError, match="clip_skip: 9; the text encoder has 3 layers"):
        encoder.prepare(blobs, TextsSpec(base_model=base_model, clip_skip=9))


def test_an_unregistered_model_is_not_found(encoder: TorchEncoder, blobs: Blobs) -> None:
    with pytest.raises(NotFoundError, match="is not registered"):
        encoder.prepare(blobs, LatentsSpec(base_model=Digest("0" * 64)))


def test_a_model_stays_loaded_when_its_files_are_gone(
    encoder: TorchEncoder, blobs: Blobs, base_model: Digest, bench: Bench
) -> None:
    spec = LatentsSpec(base_model=base_model)
    encoder.prepare(blobs, spec)
    for path in (bench.scratch / "base-models").rglob("*.safetensors"):
        path.unlink()
    blobs.store.delete(
        [f"shared/blobs/sha256/{d[:2]}/{d}" for d in [load_base_model(blobs, base_model).files]]
    )
    assert encoder.encode_pictures(blobs, spec, PIXELS[:1])[0] is not None
