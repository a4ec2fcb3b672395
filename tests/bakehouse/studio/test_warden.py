"""The warden ends its group when the other end of its pipe closes."""

import subprocess
import sys

from bakehouse.studio import warden


def test_the_group_ends_with_the_pipe() -> None:
    command = [sys.executable, "-I", "-S", str(warden.__file__)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as watching:
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        with subprocess.Popen(sleep, process_group=watching.pid) as watched:
            assert watching.stdin is not None
            watching.stdin.close()
            assert (watched.wait(10), watching.wait(10)) == (-9, -9)
