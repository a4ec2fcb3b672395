import hashlib

import safetensors.torch
import torch

from services.trainer.domain.model_hash import model_hash, window_hash, window_of


def test_metadata_does_not_change_the_hash_of_a_model() -> None:
    tensors = {"a": torch.arange(8.0)}
    one, other = (safetensors.torch.save(tensors, {"x": text}) for text in ("1", "much longer"))
    assert model_hash(one) == model_hash(other) == hashlib.sha256(tensors["a"].numpy().tobytes()).hexdigest()


def test_the_window_is_behind_the_first_mebibyte() -> None:
    file = bytearray(0x120000)
    before = window_hash(window_of(bytes(file)))
    file[0xFFFFF] = 1
    assert window_hash(window_of(bytes(file))) == before
    file[0x100000] = 1
    assert window_hash(window_of(bytes(file))) != before
