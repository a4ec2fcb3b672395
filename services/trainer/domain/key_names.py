"""Which layers a LoRA changes, and what kohya calls them in a file. Pure: names in, names out.

Sources: the names that sd-scripts writes, recorded in tests/golden (golden_lora_keys).
"""

import re
from dataclasses import dataclass

UNET_PREFIX = "lora_unet"
TEXT_ENCODER_PREFIX = "lora_te"

DOWN = "lora_down.weight"
UP = "lora_up.weight"
ALPHA = "alpha"

# As module paths inside the UNet: everything in a transformer block's stack is trained.
_IN_TRANSFORMER = re.compile(r"(^|\.)attentions\.\d+\.")
_IN_RESNET = re.compile(r"(^|\.)(resnets|downsamplers|upsamplers)\.\d+\.")
# CLIPTextModel of transformers 5 dropped the wrapper that kohya's names still have.
_TEXT_LAYER = re.compile(r"^(?:text_model\.)?encoder\.layers\.\d+\.(self_attn|mlp)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of a model that could be adapted: its path, and the side of its kernel (0: linear)."""

    path: str
    kernel: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Ranks and alphas as kohya has them: `conv_dim` is that of 3x3 convolutions, None leaves them alone."""

    network_dim: int
    network_alpha: float
    conv_dim: int | None = None
    conv_alpha: float = 1.0

    def of(self, layer: Layer) -> tuple[int, float]:
        """Rank and alpha of a layer: a 1x1 convolution has those of linear layers."""
        if layer.kernel > 1:
            return self.conv_dim or 0, self.conv_alpha
        return self.network_dim, self.network_alpha


def is_unet_target(layer: Layer, ranks: Ranks) -> bool:
    """Whether kohya's networks.lora adapts this layer of a UNet.

    That is each linear layer and 1x1 convolution in a transformer, and with `conv_dim` also the layers of
    residual blocks and of down- and upsampling. Input and output convolutions and the time embedding never.
    """
    if _IN_TRANSFORMER.search(layer.path):
        return layer.kernel <= 1 or ranks.conv_dim is not None
    return ranks.conv_dim is not None and _IN_RESNET.search(layer.path) is not None


def is_text_target(layer: Layer) -> bool:
    """Whether kohya's networks.lora adapts this layer of a CLIP text encoder: attention and MLP."""
    return _TEXT_LAYER.match(layer.path) is not None


def unet_name(path: str) -> str:
    """The name that kohya gives a layer of a UNet."""
    return f"{UNET_PREFIX}_{path.replace('.', '_')}"


def text_encoder_name(path: str) -> str:
    """The name that kohya gives a layer of the one CLIP text encoder of SD1 and SD2."""
    path = path if path.startswith("text_model.") else f"text_model.{path}"
    return f"{TEXT_ENCODER_PREFIX}_{path.replace('.', '_')}"
