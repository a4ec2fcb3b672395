"""A spec in the words that an adapter's metadata has for it: kohya's."""

from collections.abc import Mapping

from services.trainer.rates import rate_schedule
from services.trainer.training_spec import TrainingSpec


def exported_options(spec: TrainingSpec, num_steps: int, seed: int) -> Mapping[str, object]:
    """The values of `ss_*`; what is off is None, as with kohya."""
    adamw = spec.adamw
    betas = f"betas=({adamw.betas[0]}, {adamw.betas[1]})"
    return {
        "caption_dropout_rate": spec.caption_dropout_rate,
        "clip_skip": spec.clip_skip if spec.clip_skip > 1 else None,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "learning_rate": spec.learning_rate,
        "lr_scheduler": spec.lr_scheduler,
        "lr_warmup_steps": rate_schedule(spec, num_steps).warmup_steps,
        "max_grad_norm": spec.max_grad_norm,
        "max_token_length": None if spec.max_token_length == 75 else spec.max_token_length,
        "max_train_steps": num_steps,
        "min_snr_gamma": spec.min_snr_gamma,
        "mixed_precision": spec.mixed_precision,
        "network_alpha": spec.alpha,
        "network_dim": spec.network_dim,
        "network_module": spec.network_module,
        "optimizer": (f"torch.optim.adamw.AdamW(weight_decay={adamw.weight_decay},{betas},eps={adamw.eps})"),
        "output_name": spec.output_name,
        "prior_loss_weight": spec.prior_loss_weight,
        "seed": seed,
        "text_encoder_lr": spec.rate_of_text_encoder or None,
        "total_batch_size": spec.step_size,
        "train_batch_size": spec.train_batch_size,
        "training_comment": spec.training_comment or None,
        "unet_lr": spec.rate_of_unet or None,
    }


def network_args(spec: TrainingSpec) -> Mapping[str, str]:
    """`ss_network_args`."""
    if spec.conv_dim is None:
        return {}
    return {"conv_dim": str(spec.conv_dim), "conv_alpha": f"{spec.alpha_of_convolutions:g}"}
