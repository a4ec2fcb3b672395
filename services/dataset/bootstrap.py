"""Puts the dataset service together: the one file that names its adapters and reads its settings."""

from pathlib import Path

from bakehouse.jobs.roles import ServiceProgram
from services.dataset.adapters.folders import ServerFolders
from services.dataset.domain.probe import MAX_PIXELS
from services.dataset.runner import DatasetRunner
from services.dataset.settings import DatasetSettings
from services.dataset.stage import DatasetStage

DECLARATION = Path(__file__).parent / "service.toml"


def program() -> ServiceProgram:
    """The service, for both of its roles."""
    return ServiceProgram(
        declaration=DECLARATION, stage=make_stage, runner="services.dataset.bootstrap:make_runner"
    )


def make_stage() -> DatasetStage:
    """What `serve` plans and finalises with."""
    return DatasetStage(_folders())


def make_runner() -> DatasetRunner:
    """What a worker's child computes with."""
    # Pillow: in the child alone, `serve` does without.
    from services.dataset.adapters.faces import HaarFaces
    from services.dataset.adapters.pillow import PillowDecoder

    return DatasetRunner(PillowDecoder(max_pixels=MAX_PIXELS), HaarFaces(), _folders())


def _folders() -> ServerFolders:
    return ServerFolders([Path(root) for root in DatasetSettings().source_roots.split(":") if root])
