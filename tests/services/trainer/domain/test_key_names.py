import pytest

from services.trainer.domain.key_names import (
    Layer,
    Ranks,
    is_text_target,
    is_unet_target,
    text_encoder_name,
    unet_name,
)

LINEAR = Ranks(network_dim=4, network_alpha=2)
CONVOLUTIONAL = Ranks(network_dim=4, network_alpha=2, conv_dim=8, conv_alpha=3)
BLOCK = "down_blocks.0.attentions.1.transformer_blocks.0"


@pytest.mark.parametrize(
    ("layer", "linear", "convolutional"),
    [
        (Layer(path=f"{BLOCK}.attn1.to_q"), True, True),
        (Layer(path=f"{BLOCK}.ff.net.0.proj"), True, True),
        (Layer(path="mid_block.attentions.0.proj_in", kernel=1), True, True),
        (Layer(path="down_blocks.0.resnets.0.conv1", kernel=3), False, True),
        (Layer(path="down_blocks.0.resnets.0.time_emb_proj"), False, True),
        (Layer(path="up_blocks.0.upsamplers.0.conv", kernel=3), False, True),
        (Layer(path="conv_in", kernel=3), False, False),
        (Layer(path="time_embedding.linear_1"), False, False),
    ],
)
def test_which_layers_are_adapted(layer: Layer, linear: bool, convolutional: bool) -> None:
    assert is_unet_target(layer, LINEAR) is linear
    assert is_unet_target(layer, CONVOLUTIONAL) is convolutional


def test_only_larger_kernels_have_the_rank_of_convolutions() -> None:
    assert CONVOLUTIONAL.of(Layer(path="x", kernel=3)) == (8, 3)
    assert CONVOLUTIONAL.of(Layer(path="x", kernel=1)) == (4, 2)
    assert CONVOLUTIONAL.of(Layer(path="x")) == (4, 2)


@pytest.mark.parametrize("wrapper", ["", "text_model."])
def test_text_encoders_have_one_name_with_or_without_their_wrapper(wrapper: str) -> None:
    path = f"{wrapper}encoder.layers.3.mlp.fc1"
    assert is_text_target(Layer(path=path))
    assert text_encoder_name(path) == "lora_te_text_model_encoder_layers_3_mlp_fc1"


def test_embeddings_are_not_adapted() -> None:
    assert not is_text_target(Layer(path="embeddings.token_embedding"))


def test_a_path_becomes_a_name() -> None:
    assert unet_name("mid_block.attentions.0.proj_in") == "lora_unet_mid_block_attentions_0_proj_in"
