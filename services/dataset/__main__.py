"""`python -m services.dataset serve | work --pool cpu`."""

import sys

from bakehouse.jobs.roles import run_service
from services.dataset.bootstrap import program

if __name__ == "__main__":
    run_service(program(), sys.argv[1:])
