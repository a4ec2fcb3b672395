"""Puts the service together: `serve`, and the launcher in a worker's child. Neither imports torch.

The ranks, which do, are put together in `services/trainer/rank/bootstrap.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.jobs.roles import ServiceProgram
from bakehouse.jobs.stage import Runner
from services.trainer.launcher import Launcher
from services.trainer.stage import TrainerStage

if TYPE_CHECKING:
    # For type checkers: pyarrow is for planning only.
    from services.trainer.training_set import TrainingSet

DECLARATION = Path(__file__).parent / "service.toml"


def program() -> ServiceProgram:
    """The service for `run_service`."""
    return ServiceProgram(
        declaration=DECLARATION, stage=make_stage, runner="services.trainer.bootstrap:make_runner"
    )


def make_stage() -> TrainerStage:
    """What `serve` plans and finalises with."""
    return TrainerStage(_read)


def make_runner() -> Runner:
    """What a worker's child computes with."""
    return Launcher()


def _read(blobs: Blobs, inputs: Mapping[str, Digest], need_texts: bool) -> "TrainingSet":  # noqa: FBT001 - a port
    # pyarrow costs an idle process 50 MiB
    from services.trainer.adapters.tables import read_training_set

    return read_training_set(blobs, inputs, need_texts=need_texts)
