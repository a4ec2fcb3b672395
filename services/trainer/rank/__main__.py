"""`python -m services.trainer.rank ORDER`: trains what ORDER, a line of JSON, says and tells the launcher.

Standard input is the launcher's pipe; words go to standard output, a line each.
"""

import gc
import os
import sys

from services.trainer.order import ORDER_WIRE
from services.trainer.rank.telling import end_with_parent, take_words


def main(order: str) -> None:
    """Train, and say how it ended."""
    words = take_words()
    end_with_parent()
    gc.disable()
    # torch and what stands on it make a million objects that stay; to look for garbage among them meanwhile
    # takes a second of five.
    from services.trainer.rank.bootstrap import train
    from services.trainer.rank.ending import tell_end

    gc.freeze()
    gc.enable()
    tell_end(words, lambda: train(ORDER_WIRE.decode(order.encode()), words))


if __name__ == "__main__":
    main(sys.argv[1])
    sys.stderr.flush()
    os._exit(0)  # threads that read ahead and process groups have nothing left to do
