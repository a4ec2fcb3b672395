import os
from collections.abc import Callable

import pytest
import torch

from bakehouse.errors import UnavailableError
from bakehouse.jobs.failures import ConfigError, FailureClass
from services.trainer.order import WORD_WIRE, RankWord, Saying
from services.trainer.rank.ending import tell_end
from services.trainer.rank.telling import Words
from services.trainer.train import Outcome


def said(train: Callable[[], Outcome]) -> list[RankWord]:
    read, write = os.pipe()
    with os.fdopen(write, "wb", buffering=0) as pipe:
        tell_end(Words(pipe), train)
    with os.fdopen(read, "rb") as lines:
        return [WORD_WIRE.decode(line) for line in lines]


def raising(error: Exception) -> Callable[[], Outcome]:
    def train() -> Outcome:
        raise error

    return train


def test_the_end_is_told_with_what_was_made() -> None:
    (word,) = said(lambda: Outcome(result={"steps": 1}, blobs=()))
    assert (word.saying, word.data) == (Saying.DONE, {"steps": 1})


def test_other_ranks_have_nothing_to_tell() -> None:
    assert said(lambda: Outcome(result={}, blobs=())) == []


@pytest.mark.parametrize(
    ("error", "failure_class", "reason"),
    [
        (ConfigError("lower it"), FailureClass.CONFIG, "lower it"),
        (UnavailableError("the store is away"), FailureClass.UNAVAILABLE, "the store is away"),
        (torch.OutOfMemoryError("CUDA"), FailureClass.CONFIG, "lower train_batch_size"),
        (KeyError("secret"), FailureClass.BUG, "an error in Bakehouse (KeyError)"),
    ],
)
def test_failures_are_told_by_their_class(error: Exception, failure_class: FailureClass, reason: str) -> None:
    (word,) = said(raising(error))
    assert (word.saying, word.failure_class) == (Saying.FAILED, failure_class)
    assert reason in word.reason
    assert "secret" not in word.reason
