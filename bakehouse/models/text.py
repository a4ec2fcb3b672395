"""Texts as the denoiser takes them: the text encoder's hidden states."""

import torch
from torch import Tensor
from transformers.models.clip.modeling_clip import CLIPTextModel

from bakehouse.errors import InvalidInputError


def encode_texts(encoder: CLIPTextModel, ids: Tensor, *, clip_skip: int = 1) -> Tensor:
    """Hidden states of tokenized texts: (b, 75 * chunks + 2, d), in the encoder's dtype.

    The states of the begin of the first chunk, of all tokens of all chunks, and of the end of the last are
    kept. Gradients flow where the caller wants them.

    Args:
        encoder: CLIP's text encoder.
        ids: (b, chunks, 77) int64, as of `tokenize`.
        clip_skip: from which layer, counted from the last as 1; the last norm is applied to it.

    Raises:
        InvalidInputError: the encoder has fewer layers.
    """
    check_clip_skip(encoder, clip_skip)
    num_texts, num_chunks, length = ids.shape
    output = encoder(ids.reshape(num_texts * num_chunks, length), output_hidden_states=True)
    states: Tensor = encoder.final_layer_norm(output.hidden_states[-clip_skip])
    if num_chunks == 1:
        return states
    states = states.reshape(num_texts, num_chunks, length, -1)
    middle = states[:, :, 1:-1].flatten(1, 2)
    return torch.cat([states[:, 0, :1], middle, states[:, -1, -1:]], dim=1)


def check_clip_skip(encoder: CLIPTextModel, clip_skip: int) -> None:
    """Refuse a layer that the encoder does not have.

    Raises:
        InvalidInputError: it has fewer.
    """
    layers = encoder.config.num_hidden_layers
    if not 1 <= clip_skip <= layers:
        raise InvalidInputError(
            f"clip_skip: {clip_skip}; the text encoder has {layers} layers, give 1 to {layers}",
            field="clip_skip",
        )
