"""`python -m services.trainer.rank ORDER`: trains what the file ORDER says and tells the launcher.

Standard input is the launcher's pipe; words go to standard output, a line each.
"""

import os
import sys
from pathlib import Path

from services.trainer.order import ORDER_WIRE
from services.trainer.rank.bootstrap import train
from services.trainer.rank.telling import end_with_parent, take_words, tell_end

if __name__ == "__main__":
    words = take_words()
    end_with_parent()
    tell_end(words, lambda: train(ORDER_WIRE.decode(Path(sys.argv[1]).read_bytes()), words))
    sys.stderr.flush()
    os._exit(0)  # threads that read ahead and process groups have nothing left to do
