"""Puts the captioner together: the only file that names its adapters and reads its settings."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bakehouse.jobs.roles import ServiceProgram
from bakehouse.jobs.stage import Runner
from services.captioner.settings import CaptionerSettings
from services.captioner.stage import CaptionerStage


def program() -> ServiceProgram:
    """The service, for both of its roles."""
    return ServiceProgram(
        declaration=Path(__file__).parent / "service.toml",
        stage=CaptionerStage,
        runner="services.captioner.bootstrap:make_runner",
    )


def make_runner() -> Runner:
    """What a worker's child computes with."""
    # Late: `serve` imports this file, and has neither onnxruntime nor Pillow.
    from services.captioner.adapters.model_files import ModelFiles  # as above
    from services.captioner.adapters.onnx_tagger import OnnxTaggers  # as above
    from services.captioner.adapters.pillow_square import read_square  # as above
    from services.captioner.tagging import TagRunner  # as above

    settings = CaptionerSettings()
    taggers = OnnxTaggers(ModelFiles(settings.scratch), num_threads=settings.tagger_threads)
    readers = ThreadPoolExecutor(settings.reader_threads, thread_name_prefix="reader")
    return TagRunner(taggers, read_square, readers)
