"""`python -m services.dataset serve | work --pool cpu`."""

import sys

from services.dataset.bootstrap import run

if __name__ == "__main__":
    run(sys.argv[1:])
