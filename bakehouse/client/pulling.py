"""Fetches what a pipeline gave: its adapter, as a file with the name that kohya gives it."""

import re
from collections.abc import Sequence
from pathlib import Path

from bakehouse.client.blobs import BlobReader, Progress
from bakehouse.client.pipeline_values import AdapterExport, Pipeline
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError, StateError
from bakehouse.rpc.names import JOBS, TRAINING_RUNS, ResourceName, parse_name

_SUFFIX = ".safetensors"
_UNFIT = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")
_DEFAULT_NAME = "last"
_TRAIN = "train"


def pull_adapter(
    blobs: BlobReader,
    pipeline: Pipeline,
    folder: Path,
    *,
    epoch: int | None = None,
    exported: Sequence[AdapterExport] = (),
    progress: Progress | None = None,
) -> Path:
    """Write the adapter into `folder`, which is made if there is none; the file.

    The last one is NAME.safetensors, that of an epoch NAME-000002.safetensors. A file that is there with
    other contents is replaced. `exported` are those of a pipeline that still trains: of them an epoch has to
    be named.

    Raises:
        StateError: there is no adapter yet, or none will come.
        NotFoundError: none was kept after that epoch; the message says after which.
        InvalidInputError: the folder can't be made.
    """
    digest = _chosen(pipeline, epoch, exported)
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


def run_name(pipeline: Pipeline) -> str | None:
    """The name of a pipeline's training run; None where none was started."""
    train = next((stage for stage in pipeline.stages if stage.name == _TRAIN and stage.state), None)
    if train is None:
        return None
    name = parse_name(train.job, JOBS)
    return str(ResourceName(project=name.project, collection=TRAINING_RUNS, id=name.id))


def _chosen(pipeline: Pipeline, epoch: int | None, exported: Sequence[AdapterExport]) -> Digest:
    result = pipeline.result
    by_epoch = {export.epoch: export.digest for export in (result.adapters if result else ()) or exported}
    if epoch in by_epoch:
        return by_epoch[epoch]
    kept = ", ".join(map(str, by_epoch))
    if result is None or (result.adapter is None and not result.adapters):
        remedy = "bake the recipe again" if pipeline.state.is_final else "wait for it: bakehouse watch"
        so_far = f"; by now it has those after epoch {kept} (--epoch)" if by_epoch else ""
        raise StateError(
            f"{pipeline.name} is {pipeline.state} and has no adapter"
            f"{f' after epoch {epoch}' if epoch else ''}{so_far}; {remedy} {pipeline.name}"
        )
    if epoch is None:
        return result.adapter or result.adapters[-1].digest
    raise NotFoundError(
        f"{pipeline.name} kept no adapter after epoch {epoch}; choose from {kept or 'none'}, or keep more "
        "with save_every_n_epochs"
    )
