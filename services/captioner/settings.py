"""Where a captioner's worker keeps models, and how many threads it takes."""

import os
from pathlib import Path
from tempfile import gettempdir

from pydantic import Field

from bakehouse.settings import ProcessSettings

_CORES = os.cpu_count() or 1


class CaptionerSettings(ProcessSettings):
    """Settings of a captioner's child."""

    scratch: Path = Field(default=Path(gettempdir()), description="A folder for files that may vanish.")
    tagger_threads: int = Field(default=_CORES, ge=1, description="Threads that compute one batch.")
    reader_threads: int = Field(
        default=min(4, _CORES), ge=1, description="Pictures that are fetched and decoded at once."
    )
