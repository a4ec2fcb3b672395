"""`python -m gateway`: be the gateway until a signal. Settings come by environment, see settings.py."""

import asyncio
import logging
import os
import sys

from bakehouse.errors import BakehouseError
from bakehouse.logs import configure_logs, get_logger
from gateway.bootstrap import run
from gateway.settings import read_settings


def main() -> int:
    """The exit code. What keeps the gateway from starting is one line, with the remedy."""
    try:
        settings = read_settings()
        configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
        asyncio.run(run(settings))
    except BakehouseError as error:
        sys.stderr.write(f"gateway: {error.message}\n")
        return 1
    except Exception:  # noqa: BLE001 - the top of the process: the log cuts secrets out of the traceback
        get_logger().exception("gateway_failed")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # a thread that still writes a part must not keep the process
