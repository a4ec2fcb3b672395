"""The sections of a recipe and their keys: the one table of what is honoured, replaced and not yet there.

`training` has kohya's names. What a stage makes of a value is the stage's affair. The keys of `datasets` are
SimpleTuner's and have a table of their own: `bakehouse/dataset_config/options.py`.
"""

from collections.abc import Mapping

from bakehouse.kinds import Kind
from bakehouse.recipe.keys import Section

_CACHED = "what is computed is filed under what it depends on, and never computed twice"
_NO_FILES = "results are blobs of the studio; `bakehouse pull` fetches them"
_LATER = "leave it out"


def _all(names: str, text: str) -> Mapping[str, str]:
    return dict.fromkeys(names.split(), text)


def _of(kind: Kind, names: str) -> Mapping[str, Kind]:
    return dict.fromkeys(names.split(), kind)


RECIPE = Section(
    honoured={
        **_of(Kind.TEXT, "project output_name base_model cache_dtype"),
        **_of(Kind.ANY, "datasets captioning training sample_prompts"),
    },
    elsewhere={
        **_all("pretrained_model_name_or_path model checkpoint base", "base_model"),
        **_all("dataset data_backend_config dataset_config train_data_dir data", "datasets"),
        **_all("captions captioner tagging tagger", "captioning"),
        **_all("train trainer network", "training"),
        **_all("name output_dir", "output_name"),
        "prompts": "sample_prompts",
    },
)

_CAPTION_RULES: Mapping[str, Kind] = {
    **_of(Kind.DECIMAL, "general_threshold character_threshold"),
    **_of(Kind.TEXT, "trigger_word caption_separator existing"),
    **_of(Kind.TEXTS, "undesired_tags always_first_tags"),
    **_of(Kind.FLAG, "remove_underscore"),
}
_CAPTION_NAMES = {
    "threshold": "general_threshold",
    "thresh": "general_threshold",
    "trigger": "trigger_word",
    "undesired": "undesired_tags",
    "append_tags": "existing: append",
}
CAPTION_RULES = Section(honoured=_CAPTION_RULES, elsewhere=_CAPTION_NAMES)
CAPTIONING = Section(
    honoured={**_CAPTION_RULES, "tagger": Kind.TEXT, "entries": Kind.ANY, "default": Kind.ANY},
    elsewhere={**_CAPTION_NAMES, "model": "tagger", "repo_id": "tagger", "onnx": "tagger"},
)

TRAINING = Section(
    honoured={
        **_of(
            Kind.TEXT,
            "network_module optimizer_type lr_scheduler mixed_precision save_precision output_name"
            " training_comment data_backend_sampling underfilled",
        ),
        **_of(
            Kind.INTEGER,
            "network_dim conv_dim max_train_steps max_train_epochs train_batch_size"
            " gradient_accumulation_steps num_processes lr_scheduler_num_cycles seed min_timestep"
            " max_timestep save_every_n_steps save_every_n_epochs sample_every_n_epochs sample_steps"
            " clip_skip max_token_length",
        ),
        **_of(
            Kind.DECIMAL,
            "network_alpha conv_alpha learning_rate unet_lr text_encoder_lr max_grad_norm lr_warmup_steps"
            " min_snr_gamma prior_loss_weight caption_dropout_rate sample_guidance",
        ),
        **_of(Kind.FLAG, "network_train_unet_only allow_dataset_oversubscription"),
        **_of(Kind.TEXTS, "optimizer_args"),
        **_of(Kind.ANY, "sample_prompts"),
    },
    replaced={
        **_all(
            "cache_latents cache_latents_to_disk cache_text_encoder_outputs"
            " cache_text_encoder_outputs_to_disk skip_cache_check vae_batch_size cache_info",
            _CACHED,
        ),
        **_all("output_dir logging_dir", _NO_FILES),
        **_all(
            "save_state save_state_on_train_end resume", "checkpoints are kept, and a run goes on from them"
        ),
        **_all(
            "max_data_loader_n_workers persistent_data_loader_workers",
            "batches are read ahead, and nobody starts workers for it",
        ),
        **_all("xformers sdpa mem_eff_attn", "attention is PyTorch's own, which chooses the quickest"),
        **_all("lowram highvram", "memory is planned by the studio"),
    },
    not_yet={
        **_all("v2 sdxl flux sd3 v_parameterization zero_terminal_snr", "use an SD 1.5 base"),
        **_all("vae network_weights dim_from_weights base_weights network_args", _LATER),
        **_all("network_dropout rank_dropout module_dropout scale_weight_norms loraplus_lr_ratio", _LATER),
        **_all("block_dims block_alphas down_lr_weight mid_lr_weight up_lr_weight", _LATER),
        **_all("network_train_text_encoder_only", "set unet_lr: 0 to train the text encoder alone"),
        **_all("noise_offset adaptive_noise_scale multires_noise_iterations ip_noise_gamma", _LATER),
        **_all("loss_type huber_schedule huber_c debiased_estimation_loss v_pred_like_loss", _LATER),
        **_all("scale_v_pred_loss_like_noise_pred masked_loss alpha_mask weighted_captions", _LATER),
        **_all(
            "shuffle_caption keep_tokens keep_tokens_separator enable_wildcard secondary_separator", _LATER
        ),
        **_all(
            "caption_dropout_every_n_epochs caption_tag_dropout_rate caption_prefix caption_suffix", _LATER
        ),
        **_all(
            "token_warmup_min token_warmup_step flip_aug color_aug random_crop face_crop_aug_range", _LATER
        ),
        **_all("weight_decay", "write optimizer_args: [weight_decay=0.01]"),
        **_all("lr_scheduler_power lr_scheduler_type lr_scheduler_args warmup_ratio", _LATER),
        **_all("gradient_checkpointing full_fp16 full_bf16 fp8_base no_half_vae torch_compile", _LATER),
        **_all("save_model_as save_n_epoch_ratio save_last_n_epochs save_last_n_steps", _LATER),
        **_all("validation_split validate_every_n_steps validate_every_n_epochs", _LATER),
        **_all("sample_every_n_steps sample_at_first sample_sampler log_with", _LATER),
        **_all("no_metadata metadata_title metadata_author metadata_description", _LATER),
        **_all("metadata_license metadata_tags huggingface_repo_id wandb_api_key deepspeed", _LATER),
    },
    neutral={"save_model_as": "safetensors", "token_warmup_min": 1, "loss_type": "l2"},
    elsewhere={
        "pretrained_model_name_or_path": "base_model, at the top of the recipe",
        **_all("net_dim rank lora_rank", "network_dim"),
        **_all("alpha lora_alpha", "network_alpha"),
        **_all("batch_size", "train_batch_size"),
        **_all("epochs max_train_epoch num_train_epochs", "max_train_epochs"),
        **_all("steps", "max_train_steps"),
        "lr": "learning_rate",
        "scheduler": "lr_scheduler",
        "optimizer": "optimizer_type",
        "unet_only": "network_train_unet_only",
        "test_seed": "seed",
        "resolution": "resolution, in each entry of datasets",
        "resume_from_checkpoint": "nothing: the same recipe goes on where it ended",
        "sample_cfg": "sample_guidance",
    },
)
