from pathlib import Path
from typing import Any

import pytest

from bakehouse.base_model import BaseModel, load_base_model, parse_base_model, save_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError

DIGEST = digest_bytes(b"something")
COMPONENTS = dict.fromkeys(("denoiser", "scheduler", "text_encoder", "tokenizer", "vae"), DIGEST)


def base_model(**changes: Any) -> BaseModel:
    values: dict[str, Any] = {
        "family": "sd15",
        "layout": "diffusers",
        "files": DIGEST,
        "alignment": 16,
        "latent_channels": 4,
        "vae_factor": 8,
        "components": COMPONENTS,
    }
    return BaseModel(**{**values, **changes})


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


def test_a_description_comes_back_as_it_was() -> None:
    assert parse_base_model(base_model().to_json()) == base_model()


def test_a_stored_description_is_found_from_any_project(blobs: Blobs) -> None:
    digest = save_base_model(blobs, base_model())
    assert load_base_model(Blobs(blobs.store, "another"), digest) == base_model()


def test_an_unregistered_model_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError, match="is not registered; register it first"):
        load_base_model(blobs, DIGEST)


def test_a_blob_that_describes_nothing_is_damaged(blobs: Blobs) -> None:
    digest = Blobs(blobs.store, "shared").put(b"{}")
    with pytest.raises(CorruptionError, match="describes no base model"):
        load_base_model(blobs, digest)


def test_a_model_without_a_component_is_refused() -> None:
    without = {name: digest for name, digest in COMPONENTS.items() if name != "vae"}
    with pytest.raises(InvalidInputError, match="without vae"):
        base_model(components=without)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="'sd16' is unknown; there are sd15"):
        base_model(family="sd16")


def test_a_size_that_the_alignment_divides_is_taken() -> None:
    base_model().check_size(64, 48)


@pytest.mark.parametrize("size", [(64, 40), (40, 64), (0, 64)])
def test_another_size_is_refused_with_the_remedy(size: tuple[int, int]) -> None:
    with pytest.raises(
        InvalidInputError, match="takes multiples of 16 px; give the dataset an alignment of 16"
    ):
        base_model().check_size(*size)
