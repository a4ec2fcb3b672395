"""How a run ended, in a last word: what it made, or whose fault it is."""

from collections.abc import Callable

import torch

from bakehouse.jobs.failures import FailureClass, classify, reason_of
from bakehouse.logs import get_logger
from services.trainer.order import RankWord, Saying
from services.trainer.rank.telling import Words
from services.trainer.train import Outcome

log = get_logger()


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
