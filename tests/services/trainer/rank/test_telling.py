import subprocess
import sys

from services.trainer.order import WORD_WIRE


def test_a_process_ends_when_the_pipe_of_its_parent_closes() -> None:
    program = "from services.trainer.rank.telling import *; end_with_parent(); import time; time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0


def test_what_a_library_prints_is_no_word() -> None:
    program = (
        "from services.trainer.rank.telling import *; words = take_words(); print('noise'); words.reach(3)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert [WORD_WIRE.decode(line).step for line in done.stdout.splitlines()] == [3]


def test_neither_needs_torch() -> None:
    program = "import sys, services.trainer.rank.telling; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
