from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.weights import (
    Part,
    fill,
    part_digest,
    plain,
    read_config,
    read_file,
    read_folder,
    shell,
    todays_names,
)


def part(**tensors: torch.Tensor) -> Part:
    return Part(name="unet", config={}, tensors={name.replace("__", "."): t for name, t in tensors.items()})


LINEAR = part(weight=torch.ones(2, 3), bias=torch.zeros(2))


def linear() -> nn.Linear:
    return nn.Linear(3, 2)


def test_a_module_is_filled_frozen_in_the_asked_dtype() -> None:
    module = fill(linear, LINEAR, torch.bfloat16)
    assert module.weight.dtype == torch.bfloat16
    assert not module.weight.requires_grad
    assert not module.training
    assert torch.equal(module.weight.float(), torch.ones(2, 3))


def test_filling_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    fill(linear, LINEAR, torch.float32)
    assert torch.equal(torch.rand(1), expected)


def test_filled_tensors_are_copies() -> None:
    module = fill(linear, LINEAR, torch.float32)
    module.weight.data.zero_()
    assert torch.equal(LINEAR.tensors["weight"], torch.ones(2, 3))


def test_a_missing_tensor_is_named() -> None:
    with pytest.raises(InvalidInputError, match="unet: 1 tensors are missing, among them bias"):
        shell(linear, part(weight=torch.ones(2, 3)))


def test_a_tensor_too_many_is_named() -> None:
    with pytest.raises(InvalidInputError, match="belong to no unet of this family, among them lora"):
        shell(linear, part(weight=torch.ones(2, 3), bias=torch.zeros(2), lora=torch.zeros(1)))


def test_a_wrong_shape_is_said_with_both_shapes() -> None:
    with pytest.raises(
        InvalidInputError, match=r"weight has shape \(3, 2\), its configuration says \(2, 3\)"
    ):
        shell(linear, part(weight=torch.ones(3, 2), bias=torch.zeros(2)))


def test_names_of_older_versions_become_todays() -> None:
    old = {
        "text_model.encoder.layers.0.mlp.fc1.weight": torch.zeros(1),
        "text_model.embeddings.position_ids": torch.zeros(1),
        "encoder.mid_block.attentions.0.query.weight": torch.zeros(1),
        "encoder.mid_block.attentions.0.proj_attn.bias": torch.zeros(1),
    }
    assert [*todays_names(old)] == [
        "encoder.layers.0.mlp.fc1.weight",
        "encoder.mid_block.attentions.0.to_q.weight",
        "encoder.mid_block.attentions.0.to_out.0.bias",
    ]


CHANGES = {
    "name": part(other=torch.zeros(4)),
    "dtype": part(x=torch.zeros(4, dtype=torch.int32)),
    "shape": part(x=torch.zeros(2, 2)),
    "bytes": part(x=torch.ones(4)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_component_is_made_of_is_in_its_digest(change: str) -> None:
    assert part_digest(CHANGES[change], {}) != part_digest(part(x=torch.zeros(4)), {})


def test_settings_are_in_the_digest() -> None:
    assert part_digest(LINEAR, {"scaling_factor": "0.18215"}) != part_digest(LINEAR, {})


def test_order_and_layout_in_memory_are_not_in_the_digest() -> None:
    one = part(a=torch.arange(6.0).reshape(2, 3), b=torch.zeros(1))
    two = part(b=torch.zeros(1), a=torch.arange(6.0).reshape(2, 3).t().contiguous().t())
    assert part_digest(one, {}) == part_digest(two, {})


def test_scalars_and_half_floats_have_a_digest() -> None:
    assert part_digest(part(x=torch.tensor(1.0, dtype=torch.bfloat16)), {})


def test_decimals_are_told_as_text() -> None:
    assert plain({"a": (1, 0.5), "b": None}) == {"a": [1, "0.5"], "b": None}


def test_weights_in_several_files_are_one(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({"b": torch.zeros(1)}, tmp_path / "model-00002-of-00002.safetensors")
    assert sorted(read_folder(tmp_path)) == ["a", "b"]


def test_a_half_precision_twin_is_left(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    save_file({"a": torch.zeros(1, dtype=torch.float16)}, tmp_path / "model.fp16.safetensors")
    assert read_folder(tmp_path)["a"].dtype == torch.float32


def test_a_half_precision_file_alone_is_taken(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1, dtype=torch.float16)}, tmp_path / "model.fp16.safetensors")
    assert read_folder(tmp_path)["a"].dtype == torch.float16


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "vae").mkdir()
    with pytest.raises(NotFoundError, match="lacks the weights vae"):
        read_folder(tmp_path / "vae")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not at all")
    with pytest.raises(InvalidInputError, match=r"model\.safetensors is no safetensors file"):
        read_file(tmp_path / "model.safetensors")


def test_a_configuration_must_be_there_and_json(tmp_path: Path) -> None:
    folder = tmp_path / "unet"
    folder.mkdir()
    with pytest.raises(NotFoundError, match=r"lacks unet/config\.json"):
        read_config(folder, "config.json")
    (folder / "config.json").write_text("{")
    with pytest.raises(InvalidInputError, match=r"unet/config\.json is no JSON"):
        read_config(folder, "config.json")
