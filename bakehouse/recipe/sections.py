"""The sections of a recipe and their keys: the one table of what is honoured, replaced and not yet there.

`datasets` has SimpleTuner's names, `training` kohya's. What a stage makes of a value is the stage's affair.
"""

from collections.abc import Mapping

from bakehouse.recipe.keys import Kind, Section

_CACHED = "what is computed is filed under what it depends on, and never computed twice"
_NO_FILES = "results are blobs of the studio; `bakehouse pull` fetches them"
_LATER = "leave it out"
_DOWNLOAD = "download the pictures to a folder, type: local"


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

DATASET = Section(
    honoured={
        **_of(
            Kind.TEXT,
            "id type dataset_type instance_data_dir listing caption_strategy resolution_type crop_style"
            " crop_aspect bucketing",
        ),
        **_of(
            Kind.FLAG,
            "disabled crop prepend_instance_prompt only_instance_prompt disable_multiline_split"
            " is_regularisation_data enable_bucket bucket_no_upscale",
        ),
        **_of(
            Kind.DECIMAL,
            "resolution minimum_image_size maximum_image_size target_downsample_size minimum_aspect_ratio"
            " maximum_aspect_ratio max_upscale_threshold",
        ),
        **_of(
            Kind.INTEGER,
            "repeats aspect_bucket_alignment aspect_bucket_rounding min_bucket_reso max_bucket_reso"
            " bucket_reso_steps",
        ),
        **_of(Kind.ANY, "instance_prompt crop_aspect_buckets aspect_resolution_map"),
    },
    replaced=_all(
        "cache_dir cache_dir_vae cache_dir_conditioning_image_embeds text_embeds image_embeds"
        " conditioning_image_embeds default hash_filenames cache_file_suffix vae_cache_ondemand"
        " write_batch_size conditioning_image_embed_batch_size metadata_update_interval metadata_backend"
        " skip_file_discovery preserve_data_backend_cache",
        _CACHED,
    ),
    not_yet={
        **_all("probability", "use repeats"),
        **_all("start_epoch start_step end_epoch end_step slider_strength train_batch_size", _LATER),
        **_all("caption_filter_list caption_shuffle", "mend the captions themselves"),
        **_all("conditioning conditioning_type conditioning_data source_dataset_id video audio", _LATER),
        **_all("parquet caption_column", "write the captions to text files"),
        **_all("config dataset_name image_column csv_file csv_caption_column csv_cache_dir", _DOWNLOAD),
        **_all("aws_bucket_name aws_region_name aws_endpoint_url aws_data_prefix", _DOWNLOAD),
        **_all("aws_access_key_id aws_secret_access_key", _DOWNLOAD),
        **_all("max_num_samples", "take files out of the folder"),
        **_all("vae_cache_clear_each_epoch vae_cache_disable", _LATER),
        **_all(
            "delete_unwanted_images delete_problematic_images", "your files are never touched; leave it out"
        ),
    },
    neutral={"probability": 1, "start_epoch": 1},
    aliases={"disable": "disabled", "is_regularization_data": "is_regularisation_data"},
    elsewhere={
        **_all("path folder dir image_dir train_data_dir data_dir", "instance_data_dir"),
        "num_repeats": "repeats, which counts the extra passes: one less",
        "is_reg": "is_regularisation_data",
        "class_tokens": "instance_prompt with caption_strategy: instanceprompt",
        "caption_extension": "caption_strategy: textfile, with .txt files",
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
            " training_comment",
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
        **_of(Kind.FLAG, "network_train_unet_only"),
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
