"""The studio's own log: a file like those of its processes, whatever its terminal is."""

import logging
from typing import TextIO, cast

from bakehouse.logs import configure_logs
from bakehouse.settings import ProcessSettings
from bakehouse.studio.home import Home

NAME = "studio"


def log_to_file(home: Home) -> None:
    """Send this process's logs to its file from now on. The home has to be made."""
    settings = ProcessSettings()
    configure_logs(level=settings.log_level, log_format="json", secrets=settings.secrets())
    stream = home.log_file(NAME).open("a")
    for handler in logging.getLogger().handlers:
        cast("logging.StreamHandler[TextIO]", handler).setStream(stream)
