"""Puts the encoder together: the only file that names its adapters and reads its settings."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bakehouse.jobs.late_runner import LateRunner
from bakehouse.jobs.roles import ServiceProgram
from bakehouse.jobs.stage import Runner
from services.encoder.settings import EncoderSettings
from services.encoder.stage import EncoderStage

DECLARATION = Path(__file__).parent / "service.toml"


def program() -> ServiceProgram:
    """The service, for both of its roles."""
    return ServiceProgram(
        declaration=DECLARATION, stage=EncoderStage, runner="services.encoder.bootstrap:make_runner"
    )


def make_runner() -> Runner:
    """What a worker's child computes with."""
    return LateRunner(_load_runner)


def _load_runner() -> Runner:
    # Late: `serve` imports this file, and has neither torch nor Pillow; an idle child has no use for them.
    from services.encoder.adapters.pillow_crop import read_crop  # as above
    from services.encoder.adapters.torch_encoder import TorchEncoder  # as above
    from services.encoder.runner import EncoderRunner  # as above

    settings = EncoderSettings()
    readers = ThreadPoolExecutor(settings.reader_threads, thread_name_prefix="reader")
    return EncoderRunner(TorchEncoder(settings.scratch), read_crop, readers)
