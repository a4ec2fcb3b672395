import torch

from services.trainer.adapters.base_parts import LoadedBase
from services.trainer.adapters.lora_model import LoraModel, ranks_of
from services.trainer.training_spec import TrainingSpec
from tests.services.trainer.bakery import Bakery

CPU = torch.device("cpu")


def model_of(bakery: Bakery, **changes: object) -> LoraModel:
    spec = TrainingSpec(base_model=bakery.base_model, max_train_steps=1, **changes)  # type: ignore[arg-type]  # many types
    return LoraModel(LoadedBase(bakery.blobs, spec, bakery.scratch, CPU).parts, spec, seed=1)


def test_parameters_are_named_by_their_module(bakery: Bakery) -> None:
    model = model_of(bakery, network_train_unet_only=False)
    assert {name.split(".")[0] for name in model.parameters()} == {"unet", "text_encoder"}


def test_a_part_without_a_rate_has_no_adapter(bakery: Bakery) -> None:
    model = model_of(bakery, network_train_unet_only=False, unet_lr=0.0)
    assert all(name.startswith("lora_te_") for name in model.adapter())


def test_an_untrained_model_predicts_what_its_base_does(bakery: Bakery) -> None:
    noisy, steps, hidden = torch.randn(1, 4, 8, 8), torch.tensor([5]), torch.randn(1, 77, 32)
    expected = bakery.model.unet(noisy, steps, hidden).sample
    torch.testing.assert_close(model_of(bakery).predict(noisy, steps, hidden), expected)


def test_latents_are_scaled_as_the_vae_says(bakery: Bakery) -> None:
    raw = torch.ones(1, 4, 2, 2)
    torch.testing.assert_close(model_of(bakery).scale(raw), raw * 0.18215)


def test_alpha_nothing_means_the_rank() -> None:
    spec = TrainingSpec(
        base_model="a" * 64, max_train_steps=1, network_dim=4, network_alpha=0, conv_dim=2, conv_alpha=0
    )
    ranks = ranks_of(spec)
    assert (ranks.network_alpha, ranks.conv_alpha) == (4, 2)
