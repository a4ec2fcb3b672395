import pytest
import torch

from bakehouse.errors import InvalidInputError
from bakehouse.models.text import encode_texts
from bakehouse.models.tokens import tokenize
from tests.bakehouse.models.tiny_models import TEXT_WIDTH, TinyModel

LONG = " ".join(["red"] * 100)


def encoded(model: TinyModel, *texts: str, length: int = 75, clip_skip: int = 1) -> torch.Tensor:
    ids = tokenize(model.tokenizer, texts, max_token_length=length)
    with torch.no_grad():
        return encode_texts(model.text_encoder, ids, clip_skip=clip_skip)


@torch.no_grad()
def test_without_skipping_it_is_the_last_hidden_state(model: TinyModel) -> None:
    ids = tokenize(model.tokenizer, ["a red circle"], max_token_length=75)
    assert torch.equal(encoded(model, "a red circle"), model.text_encoder(ids[:, 0]).last_hidden_state)


@torch.no_grad()
def test_a_skipped_layer_is_normed_like_the_last(model: TinyModel) -> None:
    ids = tokenize(model.tokenizer, ["a red circle"], max_token_length=75)
    states = model.text_encoder(ids[:, 0], output_hidden_states=True).hidden_states
    expected = model.text_encoder.final_layer_norm(states[-2])
    assert torch.equal(encoded(model, "a red circle", clip_skip=2), expected)


def test_chunks_are_joined_without_their_inner_marks(model: TinyModel) -> None:
    joined = encoded(model, LONG, length=150)
    assert joined.shape == (1, 152, TEXT_WIDTH)
    first = encoded(model, " ".join(["red"] * 75))
    second = encoded(model, " ".join(["red"] * 25))
    assert torch.allclose(joined[:, :76], first[:, :76], atol=1e-5)
    assert torch.allclose(joined[:, 76:], second[:, 1:], atol=1e-5)


def test_gradients_flow_where_they_are_wanted(model: TinyModel) -> None:
    ids = tokenize(model.tokenizer, ["red"], max_token_length=75)
    assert encode_texts(model.text_encoder, ids).requires_grad


@pytest.mark.parametrize("clip_skip", [0, 4])
def test_a_layer_that_is_not_there_is_refused(model: TinyModel, clip_skip: int) -> None:
    with pytest.raises(InvalidInputError, match="the text encoder has 3 layers, give 1 to 3"):
        encoded(model, "red", clip_skip=clip_skip)
