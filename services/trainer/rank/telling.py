"""What a rank says to the launcher, and how it ends with it. Light: both are there before torch is."""

import os
import threading
from collections.abc import Mapping
from typing import BinaryIO

from bakehouse.canonical_json import Json
from services.trainer.order import WORD_WIRE, RankWord, Saying


class Words:
    """The pipe to the launcher. A word is one write, so that those of several ranks do not mix."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def say(self, word: RankWord) -> None:
        """Say a word; where nobody hears it, end."""
        try:
            self._pipe.write(WORD_WIRE.encode(word) + b"\n")
        except BrokenPipeError:
            os._exit(1)

    def tell(self, kind: str, ident: str, data: Mapping[str, Json]) -> None:
        """News of the job."""
        self.say(RankWord(saying=Saying.NEWS, type=kind, id=ident, data=data))

    def reach(self, step: int) -> None:
        """Everything up to `step` is safe."""
        self.say(RankWord(saying=Saying.REACHED, step=step))


def take_words() -> Words:
    """The pipe to the launcher, taken from stdout so that a library that prints does not break it."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return Words(pipe)


def end_with_parent() -> None:
    """End this process when the launcher's pipe closes."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)
