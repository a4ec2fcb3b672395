from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bakehouse.base_model import BaseModel
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import compute_key
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.header import decode_manifest
from services.encoder.crops import read_crops
from services.encoder.domain.crop import LATENT_REVISION, Crop
from services.encoder.specs import LatentsSpec
from tests.bakehouse.test_base_model import COMPONENTS, base_model
from tests.services.encoder.snapshots import Source, gradient, png, put_snapshot, sources

SPEC = LatentsSpec(base_model=Digest("0" * 64))
SOURCE = sources(1)[0]


def crop_of(
    blobs: Blobs, scratch: Path, source: Source, *, model: BaseModel | None = None, spec: LatentsSpec = SPEC
) -> Crop:
    snapshot = decode_manifest(blobs.get(put_snapshot(blobs, [source], scratch)))
    (placed,) = read_crops(blobs, snapshot, model or base_model(), spec)
    return placed.crop


def test_a_key_is_made_of_what_the_latents_depend_on(blobs: Blobs, tmp_path: Path) -> None:
    expected = compute_key(
        "latent",
        LATENT_REVISION,
        {
            "picture": digest_bytes(SOURCE.data),
            "filter": "lanczos",
            "resize_width": 64,
            "resize_height": 48,
            "crop_x": 0,
            "crop_y": 0,
            "bucket_width": 64,
            "bucket_height": 48,
            "flip": False,
            "vae": COMPONENTS["vae"],
            "dtype": "float32",
        },
    )
    assert crop_of(blobs, tmp_path, SOURCE).key == expected


CHANGES: dict[str, dict[str, Any]] = {
    "picture": {"data": png(gradient(9))},
    "rendition": {"rendition": png(gradient(8))},
    "resize": {"resize": (80, 60)},
    "crop": {"resize": (80, 60), "crop": (3, 0)},
    "bucket": {"bucket": (48, 48)},
    "flip": {"flip": True},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_the_latents_changes_the_key(blobs: Blobs, tmp_path: Path, change: str) -> None:
    other = crop_of(blobs, tmp_path, replace(SOURCE, **CHANGES[change]))
    assert other.key != crop_of(blobs, tmp_path, SOURCE).key


def test_vae_and_dtype_are_in_the_key(blobs: Blobs, tmp_path: Path) -> None:
    plain = crop_of(blobs, tmp_path, SOURCE).key
    other = base_model(components={**COMPONENTS, "vae": digest_bytes(b"another")})
    half = LatentsSpec(base_model=SPEC.base_model, dtype="float16")
    assert crop_of(blobs, tmp_path, SOURCE, model=other).key != plain
    assert crop_of(blobs, tmp_path, SOURCE, spec=half).key != plain


def test_names_captions_and_other_components_are_not_in_the_key(blobs: Blobs, tmp_path: Path) -> None:
    plain = crop_of(blobs, tmp_path, SOURCE).key
    renamed = replace(SOURCE, name="renamed.png", captions=["another"])
    other = base_model(components={**COMPONENTS, "denoiser": digest_bytes(b"another")})
    assert crop_of(blobs, tmp_path, renamed).key == plain
    assert crop_of(blobs, tmp_path, SOURCE, model=other).key == plain


def test_the_picture_is_the_rendition_of_full_size(blobs: Blobs, tmp_path: Path) -> None:
    data = png(gradient(8))
    assert crop_of(blobs, tmp_path, replace(SOURCE, rendition=data)).picture == digest_bytes(data)


def test_a_size_that_the_model_can_not_take_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="64x40 px: this sd15 model takes multiples of 16 px"):
        crop_of(blobs, tmp_path, replace(SOURCE, bucket=(64, 40)))


def test_only_kept_samples_are_encoded(blobs: Blobs, tmp_path: Path) -> None:
    found = [SOURCE, replace(SOURCE, name="small.png", state="excluded")]
    snapshot = decode_manifest(blobs.get(put_snapshot(blobs, found, tmp_path)))
    assert len([*read_crops(blobs, snapshot, base_model(), SPEC)]) == 1
