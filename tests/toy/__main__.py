"""`python -m tests.toy serve | work --pool cpu`."""

import os
import sys
from pathlib import Path

from bakehouse.jobs.roles import ServiceProgram, run_service
from tests.toy.stage import ToyStage

DECLARATION = Path(os.environ.get("BAKEHOUSE_TOY_DECLARATION", Path(__file__).parent / "service.toml"))

if __name__ == "__main__":
    run_service(
        ServiceProgram(declaration=DECLARATION, stage=ToyStage, runner="tests.toy.runner:make_runner"),
        sys.argv[1:],
    )
