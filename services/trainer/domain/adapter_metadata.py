"""The metadata of an adapter file: `ss_*` as kohya writes them and `modelspec.*`, all of them text. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

# What differs between two runs that made the same tensors.
VARIABLE_KEYS = ("modelspec.date", "ss_session_id", "ss_training_finished_at", "ss_training_started_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """A dataset entry as it was trained on. `num_passes`: how often an epoch has each picture, on average."""

    name: str
    is_prior: bool
    num_images: int
    num_passes: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """What was trained on. `buckets` are (width, height, pictures with their passes)."""

    folders: Sequence[FolderFacts]
    buckets: Sequence[tuple[int, int, int]]
    tag_frequency: Mapping[str, Mapping[str, int]]
    num_batches_per_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Where the run was when the adapter was taken. `options` are kohya's names with their values."""

    options: Mapping[str, object]
    network_args: Mapping[str, str]
    step: int
    epoch: int
    num_epochs: int
    session_id: int
    started_at: float
    finished_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What was adapted: modelspec's architecture, kohya's version name, what the denoiser predicts.

    `name`, `sha256` and `short_hash` are those of a single file, and empty where there is none.
    """

    architecture: str
    base_model_version: str
    prediction_type: str
    name: str = ""
    sha256: str = ""
    short_hash: str = ""


_SAME_NAME = (
    "caption_dropout_rate",
    "clip_skip",
    "gradient_accumulation_steps",
    "learning_rate",
    "lr_scheduler",
    "lr_warmup_steps",
    "max_grad_norm",
    "max_token_length",
    "max_train_steps",
    "min_snr_gamma",
    "mixed_precision",
    "network_alpha",
    "network_dim",
    "network_module",
    "output_name",
    "prior_loss_weight",
    "seed",
    "text_encoder_lr",
    "training_comment",
    "unet_lr",
)
METADATA_KEYS = (
    *(f"ss_{name}" for name in _SAME_NAME),
    *(
        "ss_network_args",
        "ss_optimizer",
        "ss_loss_type",
        "ss_v2",
        "ss_base_model_version",
        "ss_cache_latents",
    ),
    *("ss_session_id", "ss_training_started_at", "ss_training_finished_at", "ss_steps", "ss_epoch"),
    *("ss_num_epochs", "ss_num_batches_per_epoch", "ss_num_train_images", "ss_num_reg_images"),
    *("ss_batch_size_per_device", "ss_total_batch_size", "ss_enable_bucket", "ss_bucket_info"),
    *("ss_resolution", "ss_dataset_dirs", "ss_reg_dataset_dirs", "ss_tag_frequency"),
    *("modelspec.sai_model_spec", "modelspec.architecture", "modelspec.implementation", "modelspec.title"),
    *("modelspec.resolution", "modelspec.date", "modelspec.prediction_type", "modelspec.encoder_layer"),
)


def adapter_metadata(data: DataFacts, run: RunFacts, model: ModelFacts) -> dict[str, str]:
    """All metadata but the hashes of the file itself: `METADATA_KEYS`, and what the base model is called."""
    metadata = {**_run_metadata(run), **_data_metadata(data), **_spec_metadata(data, run, model)}
    if model.name:
        metadata["ss_sd_model_name"] = model.name
        metadata["ss_sd_model_hash"] = model.short_hash
        metadata["ss_new_sd_model_hash"] = model.sha256
    return metadata


def _run_metadata(run: RunFacts) -> dict[str, str]:
    options = run.options
    return {
        **{f"ss_{name}": str(options[name]) for name in _SAME_NAME},
        "ss_network_args": json.dumps(dict(run.network_args)),
        "ss_optimizer": str(options["optimizer"]),
        "ss_loss_type": "l2",
        "ss_cache_latents": "True",
        "ss_session_id": str(run.session_id),
        "ss_training_started_at": str(run.started_at),
        "ss_training_finished_at": str(run.finished_at),
        "ss_steps": str(run.step),
        "ss_epoch": str(run.epoch),
        "ss_num_epochs": str(run.num_epochs),
        "ss_batch_size_per_device": str(options["train_batch_size"]),
        "ss_total_batch_size": str(options["total_batch_size"]),
    }


def _data_metadata(data: DataFacts) -> dict[str, str]:
    buckets: Any = {
        str(number): {"resolution": [width, height], "count": count}
        for number, (width, height, count) in enumerate(data.buckets)
    }
    return {
        "ss_num_batches_per_epoch": str(data.num_batches_per_epoch),
        "ss_num_train_images": _num_seen(data, are_prior=False),
        "ss_num_reg_images": _num_seen(data, are_prior=True),
        "ss_enable_bucket": "True",
        "ss_bucket_info": json.dumps({"buckets": buckets}),
        "ss_dataset_dirs": json.dumps(_directories(data.folders, are_prior=False)),
        "ss_reg_dataset_dirs": json.dumps(_directories(data.folders, are_prior=True)),
        "ss_tag_frequency": json.dumps(data.tag_frequency),
    }


def _spec_metadata(data: DataFacts, run: RunFacts, model: ModelFacts) -> dict[str, str]:
    width, height, _ = max(data.buckets, key=lambda bucket: (bucket[2], bucket))
    return {
        "ss_v2": str(model.base_model_version.startswith("sd_v2")),
        "ss_base_model_version": model.base_model_version,
        "ss_resolution": f"({width}, {height})",
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": model.architecture,
        "modelspec.implementation": "diffusers",
        "modelspec.title": str(run.options["output_name"]),
        "modelspec.resolution": f"{width}x{height}",
        "modelspec.date": datetime.fromtimestamp(run.finished_at, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "modelspec.prediction_type": model.prediction_type,
        "modelspec.encoder_layer": str(run.options["clip_skip"] or 1),
    }


def _num_seen(data: DataFacts, *, are_prior: bool) -> str:
    """Pictures of an epoch, each as often as it is seen; on average, where that is a fraction."""
    return str(round(sum(f.num_images * f.num_passes for f in data.folders if f.is_prior is are_prior)))


def _directories(
    folders: Sequence[FolderFacts], *, are_prior: bool
) -> Mapping[str, Mapping[str, int | float]]:
    return {
        folder.name: {"n_repeats": _plain(folder.num_passes), "img_count": folder.num_images}
        for folder in folders
        if folder.is_prior is are_prior
    }


def _plain(passes: Fraction) -> int | float:
    """A whole number as kohya writes it; a fraction, which it has not, as a decimal."""
    return int(passes) if passes.denominator == 1 else float(passes)
