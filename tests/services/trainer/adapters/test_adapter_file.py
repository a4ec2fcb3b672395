import torch

from services.trainer.adapters.adapter_file import decode_adapter, encode_adapter


def test_tensors_come_back() -> None:
    tensors = {"a": torch.arange(4.0).half(), "b": torch.tensor(2.0)}
    found = decode_adapter(encode_adapter(tensors, {"ss_x": "1"}))
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_the_order_of_tensors_does_not_matter() -> None:
    one, other = torch.ones(2), torch.zeros(3)
    assert encode_adapter({"a": one, "b": other}, {}) == encode_adapter({"b": other, "a": one}, {})
