"""Where an encoder's worker keeps models, and how many threads read pictures."""

import os
from pathlib import Path
from tempfile import gettempdir

from pydantic import Field

from bakehouse.settings import ProcessSettings


class EncoderSettings(ProcessSettings):
    """Settings of an encoder's child."""

    scratch: Path = Field(default=Path(gettempdir()), description="A folder for files that may vanish.")
    reader_threads: int = Field(
        default=min(4, os.cpu_count() or 1),
        ge=1,
        description="Pictures that are fetched and decoded at once.",
    )
