"""Fetches what a pipeline gave: its adapter, as a file with the name that kohya gives it."""

import re
from pathlib import Path

from bakehouse.client.blobs import BlobReader, Progress
from bakehouse.client.pipeline_values import Pipeline
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError, StateError

_SUFFIX = ".safetensors"
_UNFIT = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")
_DEFAULT_NAME = "last"


def pull_adapter(
    blobs: BlobReader,
    pipeline: Pipeline,
    folder: Path,
    *,
    epoch: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the adapter into `folder`, which is made if there is none; the file.

    The last one is NAME.safetensors, that of an epoch NAME-000002.safetensors. A file that is there with
    other contents is replaced.

    Raises:
        StateError: there is no adapter yet, or none will come.
        NotFoundError: none was kept after that epoch; the message says after which.
        InvalidInputError: the folder can't be made.
    """
    digest = _chosen(pipeline, epoch)
    name = adapter_name(pipeline)
    path = folder / (f"{name}{_SUFFIX}" if epoch is None else f"{name}-{epoch:06d}{_SUFFIX}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"{folder}: {error.strerror}; name another folder") from error
    blobs.download(digest, path, project=pipeline.project, progress=progress)
    return path


def adapter_name(pipeline: Pipeline) -> str:
    """What the adapter's file is called, without its suffix: the recipe's `output_name`."""
    training = (pipeline.recipe or {}).get("training", {})
    return _UNFIT.sub("_", str(training.get("output_name", _DEFAULT_NAME))).strip(" .") or _DEFAULT_NAME


def _chosen(pipeline: Pipeline, epoch: int | None) -> Digest:
    result = pipeline.result
    if result is None or (result.adapter is None and not result.adapters):
        remedy = "bake the recipe again" if pipeline.state.is_final else "wait for it: bakehouse watch"
        raise StateError(f"{pipeline.name} is {pipeline.state} and has no adapter; {remedy} {pipeline.name}")
    if epoch is None:
        return result.adapter or result.adapters[-1].digest
    by_epoch = {export.epoch: export.digest for export in result.adapters}
    if epoch not in by_epoch:
        kept = ", ".join(map(str, by_epoch)) or "none"
        raise NotFoundError(
            f"{pipeline.name} kept no adapter after epoch {epoch}; choose from {kept}, or keep more with "
            "save_every_n_epochs"
        )
    return by_epoch[epoch]
