"""`python -m bakehouse.studio`: a studio as the environment says. `bakehouse up --detach` starts it so."""

import asyncio
import sys

from bakehouse.errors import BakehouseError
from bakehouse.logs import get_logger
from bakehouse.studio.own_log import log_to_file
from bakehouse.studio.settings import StudioSettings, read_settings
from bakehouse.studio.studio import run_studio


def main() -> None:
    """Run it. An error is one line, the last one."""
    try:
        settings = read_settings(StudioSettings)
        asyncio.run(run_studio(settings, get_logger().info, prepared=log_to_file))
    except BakehouseError as error:
        sys.stderr.write(f"bakehouse: {error.message}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
