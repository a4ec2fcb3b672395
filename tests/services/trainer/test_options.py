from services.trainer.options import exported_options, network_args
from services.trainer.training_spec import TrainingSpec


def test_what_is_off_is_none() -> None:
    options = exported_options(TrainingSpec(base_model="a" * 64, max_train_steps=3), 3, 1)
    off = {name for name, value in options.items() if value is None}
    assert off == {"clip_skip", "max_token_length", "min_snr_gamma", "text_encoder_lr", "training_comment"}


def test_a_warm_up_is_told_in_steps() -> None:
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=40, lr_scheduler="cosine", lr_warmup_steps=0.1)
    assert exported_options(spec, 40, 1)["lr_warmup_steps"] == 4


def test_convolutions_are_arguments_of_the_network() -> None:
    assert network_args(TrainingSpec(base_model="a" * 64, max_train_steps=3)) == {}
    spec = TrainingSpec(base_model="a" * 64, max_train_steps=3, conv_dim=4, conv_alpha=2)
    assert network_args(spec) == {"conv_dim": "4", "conv_alpha": "2"}
