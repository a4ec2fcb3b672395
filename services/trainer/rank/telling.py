"""What a rank says to the launcher, and how it ends with it."""

import os
import threading
from collections.abc import Callable, Mapping
from typing import BinaryIO

import torch

from bakehouse.canonical_json import Json
from bakehouse.jobs.failures import FailureClass, classify, reason_of
from bakehouse.logs import get_logger
from services.trainer.order import WORD_WIRE, RankWord, Saying
from services.trainer.train import Outcome

log = get_logger()


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


def tell_end(words: Words, train: Callable[[], Outcome]) -> None:
    """Train, and say how it ended."""
    try:
        outcome = train()
    except Exception as error:  # noqa: BLE001 - whatever it was, the launcher is told its class
        words.say(_failed(error))
        return
    if outcome.result:
        words.say(RankWord(saying=Saying.DONE, data=outcome.result, blobs=outcome.blobs))


def _failed(error: Exception) -> RankWord:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        reason = "training does not fit into memory; lower train_batch_size, or use mixed_precision bf16"
        return RankWord(saying=Saying.FAILED, failure_class=FailureClass.CONFIG, reason=reason)
    failure_class = classify(error)
    if failure_class is FailureClass.BUG:
        log.error("training_failed", exc_info=error)
    return RankWord(saying=Saying.FAILED, failure_class=failure_class, reason=reason_of(error))


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)
