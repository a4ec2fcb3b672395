"""Settings of a rank beside those of every process."""

from pathlib import Path
from tempfile import gettempdir

from pydantic import Field

from bakehouse.settings import ProcessSettings


class TrainerSettings(ProcessSettings):
    """Read from the environment, prefix `BAKEHOUSE_`."""

    scratch: Path = Field(default=Path(gettempdir()), description="A folder for files that may vanish.")
