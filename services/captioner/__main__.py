"""`python -m services.captioner serve | work --pool tagger`."""

import sys

from bakehouse.jobs.roles import run_service
from services.captioner.bootstrap import program

if __name__ == "__main__":
    run_service(program(), sys.argv[1:])
