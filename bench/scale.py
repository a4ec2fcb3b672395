"""Ten million samples planned in one job, and small jobs beside twenty thousand queued units.

What is printed are the figures of `tests/faults/test_scale.py`, which also asserts what must hold.
"""

import re
import subprocess
import sys


def main() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "scale", "tests/faults/test_scale.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        if re.match(r"planned in|peak|small job", line):
            print(f"- {line}")
