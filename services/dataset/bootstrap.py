"""Puts the dataset service together: the one file that names its adapters and reads its settings."""

import os
from pathlib import Path

from bakehouse.jobs.roles import ServiceProgram
from bakehouse.secret_values import SecretValues
from services.dataset.adapters.pixels import PillowPixels
from services.dataset.adapters.tables import FileTables
from services.dataset.domain.addresses import parse_allowed
from services.dataset.ports import Sources
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
    return DatasetStage(_sources, FileTables(), PillowPixels())


def make_runner() -> DatasetRunner:
    """What a worker's child computes with."""
    # Pillow: in the child alone, `serve` does without.
    from services.dataset.adapters.faces import HaarFaces
    from services.dataset.adapters.padding import PillowRenderer
    from services.dataset.adapters.pillow import PillowDecoder

    return DatasetRunner(PillowDecoder(), HaarFaces(), _sources(), PillowRenderer())


def _sources() -> Sources:
    # minio-py: an idle `serve` does without.
    from services.dataset.adapters.bucket_client import BucketKeys
    from services.dataset.adapters.buckets import Buckets
    from services.dataset.adapters.folders import ServerFolders
    from services.dataset.adapters.sources import KnownSources
    from services.dataset.adapters.url_table import UrlTables

    settings = DatasetSettings()
    own = None
    if settings.aws_access_key_id.get_secret_value():
        own = BucketKeys(
            access_key=settings.aws_access_key_id.get_secret_value(),
            secret_key=settings.aws_secret_access_key.get_secret_value(),
            session_token=settings.aws_session_token.get_secret_value(),
        )
    roots = [Path(root) for root in settings.source_roots.split(":") if root]
    tables = UrlTables(parse_allowed(settings.fetch_allow), settings.fetch_limits)
    return KnownSources(ServerFolders(roots), Buckets(SecretValues(os.environ), own), tables)
