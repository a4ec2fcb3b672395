from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import compute_key
from bakehouse.digest import Digest, digest_bytes
from bakehouse.manifest.header import decode_manifest
from services.encoder.caption_texts import TextKeys, read_texts
from services.encoder.domain.caption_text import TEXT_REVISION
from services.encoder.specs import TextsSpec
from tests.bakehouse.test_base_model import COMPONENTS, base_model
from tests.services.encoder.snapshots import put_snapshot, sources

SPEC = TextsSpec(base_model=Digest("0" * 64))


def key(text: str = "a red circle", **changes: Any) -> str:
    components = {name: changes.pop(name, digest) for name, digest in COMPONENTS.items()}
    keys = TextKeys(base_model(components=components), replace(SPEC, **changes))
    return next(keys.of([text])).key


def test_a_key_is_made_of_what_the_hidden_states_depend_on() -> None:
    assert key() == compute_key(
        "text",
        TEXT_REVISION,
        {
            "text": "a red circle",
            "tokenizer": COMPONENTS["tokenizer"],
            "text_encoder": COMPONENTS["text_encoder"],
            "max_token_length": 75,
            "clip_skip": 1,
            "dtype": "float32",
        },
    )


@pytest.mark.parametrize(
    "change",
    [
        {"text": "a red circle "},
        {"tokenizer": digest_bytes(b"another")},
        {"text_encoder": digest_bytes(b"another")},
        {"max_token_length": 150},
        {"clip_skip": 2},
        {"dtype": "float16"},
    ],
)
def test_what_changes_the_hidden_states_changes_the_key(change: dict[str, Any]) -> None:
    assert key(**change) != key()


@pytest.mark.parametrize(
    "change", [{"vae": digest_bytes(b"another")}, {"dropout": False}, {"base_model": Digest("1" * 64)}]
)
def test_what_does_not_is_not_in_the_key(change: dict[str, Any]) -> None:
    assert key(**change) == key()


def test_all_variants_of_a_sample_are_read(blobs: Blobs, tmp_path: Path) -> None:
    found = sources(2, captions=["one", "two"])
    captions = decode_manifest(blobs.get(put_snapshot(blobs, found, tmp_path)))
    placed = [*read_texts(blobs, captions, TextKeys(base_model(), SPEC))]
    assert [(p.variant, p.text.text) for p in placed] == [(0, "one"), (1, "two")] * 2
