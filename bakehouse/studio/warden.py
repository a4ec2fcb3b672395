"""Ends a studio's processes when the studio is gone, however it went. Run by its path.

It is in one process group with all of them. Its stdin is a pipe that the studio holds and never writes to:
when that closes, nobody is left to stop them in order.
"""

import os
import signal
import sys


def main() -> None:
    """Wait for the studio's end, then kill the group, and with it this process."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
