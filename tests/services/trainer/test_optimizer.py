import pytest
import torch

from bakehouse.errors import CorruptionError
from services.trainer.progress import Checkpoint, Progress
from tests.services.trainer.bakery import Bakery
from tests.services.trainer.live import live_optimizer


def test_each_part_has_its_own_rate(bakery: Bakery) -> None:
    live = live_optimizer(bakery, network_train_unet_only=False, unet_lr=0.5, text_encoder_lr=0.25)
    live.optimizer.update(0.5)
    assert [group["lr"] for group in live.optimizer.groups] == [0.25, 0.125]
    assert live.optimizer.rate == 0.5


def test_a_checkpoint_brings_parameters_and_moments_back(bakery: Bakery) -> None:
    one, other = live_optimizer(bakery), live_optimizer(bakery)
    one.step()
    kept = Checkpoint(progress=Progress(step=1), tensors=one.optimizer.tensors())
    other.optimizer.load(kept)
    one.step()
    other.step()
    first, second = one.optimizer.tensors(), other.optimizer.tensors()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_what_is_kept_is_a_copy(bakery: Bakery) -> None:
    live = live_optimizer(bakery)
    kept = live.optimizer.tensors()
    before = {name: tensor.clone() for name, tensor in kept.items()}
    live.step()
    assert all(torch.equal(kept[name], before[name]) for name in kept)


def test_a_checkpoint_of_another_model_is_refused(bakery: Bakery) -> None:
    with pytest.raises(CorruptionError, match="the checkpoint lacks unet"):
        live_optimizer(bakery).optimizer.load(Checkpoint(progress=Progress(), tensors={}))
