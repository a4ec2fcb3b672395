"""`python -m services.encoder serve | work --pool torch`."""

import sys

from bakehouse.jobs.roles import run_service
from services.encoder.bootstrap import program

if __name__ == "__main__":
    run_service(program(), sys.argv[1:])
