"""A Stable Diffusion UNet, and perhaps its text encoder, with LoRA: what the training loop trains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from services.trainer.adapters.lora import add_lora, lora_parameters, lora_tensors
from services.trainer.domain.adapter_metadata import ModelFacts
from services.trainer.domain.key_names import (
    Ranks,
    is_text_target,
    is_unet_target,
    text_encoder_name,
    unet_name,
)
from services.trainer.domain.noise_schedule import Prediction
from services.trainer.training_spec import TrainingSpec

UNET = "unet"
TEXT_ENCODER = "text_encoder"

_NAMES: Mapping[str, Callable[[str], str]] = {UNET: unet_name, TEXT_ENCODER: text_encoder_name}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseParts:
    """A loaded base model.

    `scale` takes raw latents to those of the denoiser, `tokenize` texts to ids on the CPU. `text_states` has
    `text_encoder` in it and takes ids to hidden states; both are None where the text encoder is not trained.
    """

    unet: nn.Module
    text_encoder: nn.Module | None
    text_states: nn.Module | None
    tokenize: Callable[[Sequence[str]], Tensor]
    scale: Callable[[Tensor], Tensor]
    alphas: Tensor
    prediction: Prediction
    facts: ModelFacts


class LoraModel:
    """A base model with an adapter on each part that has a learning rate."""

    def __init__(self, base: BaseParts, spec: TrainingSpec, *, seed: int) -> None:
        ranks = ranks_of(spec)
        adapted: dict[str, nn.Module] = {}
        modules: dict[str, nn.Module] = {}
        base.unet.requires_grad_(requires_grad=False)
        if spec.rate_of_unet > 0:
            add_lora(base.unet, lambda layer: is_unet_target(layer, ranks), ranks, seed=seed)
            adapted[UNET] = modules[UNET] = base.unet
        if spec.trains_text_encoder:
            assert base.text_encoder is not None and base.text_states is not None  # noqa: PT018 - it is trained
            add_lora(base.text_encoder, is_text_target, ranks, seed=seed)
            adapted[TEXT_ENCODER], modules[TEXT_ENCODER] = base.text_encoder, base.text_states
        self.modules: Mapping[str, nn.Module] = modules
        self.prediction, self.alphas, self.facts = base.prediction, base.alphas, base.facts
        self._adapted: Mapping[str, nn.Module] = adapted
        self._base = base
        self._unet = base.unet

    def parameters(self) -> Mapping[str, nn.Parameter]:
        """As the port says."""
        return {
            f"{part}.{name}": parameter
            for part, module in self._adapted.items()
            for name, parameter in lora_parameters(module)
        }

    def wrap(self, modules: Mapping[str, nn.Module]) -> None:
        """As the port says."""
        self.modules = modules
        self._unet = modules.get(UNET, self._unet)

    def scale(self, latents: Tensor) -> Tensor:
        """As the port says."""
        return self._base.scale(latents)

    def predict(self, noisy: Tensor, timesteps: Tensor, hidden: Tensor) -> Tensor:
        """As the port says."""
        predicted: Tensor = self._unet(noisy, timesteps, hidden, return_dict=False)[0]
        return predicted

    def encode(self, texts: Sequence[str]) -> Tensor:
        """As the port says."""
        encoder = self.modules[TEXT_ENCODER]
        ids = self._base.tokenize(texts).to(next(encoder.parameters()).device)
        states: Tensor = encoder(ids)
        return states

    def adapter(self) -> Mapping[str, Tensor]:
        """As the port says."""
        return {
            name: tensor
            for part, module in self._adapted.items()
            for name, tensor in lora_tensors(module, _NAMES[part]).items()
        }


def ranks_of(spec: TrainingSpec) -> Ranks:
    """Ranks and alphas as the spec has them; alpha 0 means the rank."""
    return Ranks(
        network_dim=spec.network_dim,
        network_alpha=spec.alpha,
        conv_dim=spec.conv_dim,
        conv_alpha=spec.alpha_of_convolutions,
    )
