"""`python -m services.trainer serve | work --pool gpu`."""

import sys

from bakehouse.jobs.roles import run_service
from services.trainer.bootstrap import program

if __name__ == "__main__":
    run_service(program(), sys.argv[1:])
