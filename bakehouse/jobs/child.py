"""The child of a worker: computes units and reads and writes the store. It knows no NATS and no job.

It is a process of its own so that a native crash, memory that runs out, or a model to be unloaded costs a
process and not the worker. It ends when its parent's pipe closes.

    python -m bakehouse.jobs.child MODULE:FUNCTION [MEMORY_LIMIT_MIB]
"""

import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import BinaryIO

from structlog.contextvars import bind_contextvars

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.open import open_store
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import BakehouseError
from bakehouse.jobs.attempt import Attempt, AttemptError, CancelledAttemptError
from bakehouse.jobs.failures import FailureClass, classify, reason_of
from bakehouse.jobs.isolation import Piece, Trial
from bakehouse.jobs.messages import WorkMessage
from bakehouse.jobs.pipe import ORDER_WIRE, WORD_WIRE, News, Order, Verb, Word, check_news
from bakehouse.jobs.plan import PlanReader
from bakehouse.jobs.results import Results, UnitResult
from bakehouse.jobs.stage import Runner, UnitRequest, UnitWork
from bakehouse.logs import configure_logs, get_logger
from bakehouse.recent import Recent
from bakehouse.settings import ProcessSettings

PROGRESS = "progress"  # the one type of news that may be dropped
PROGRESS_EVERY_S = 1.0

_KEPT = 8

log = get_logger()


class Child:
    """Carries out orders, one at a time. `say` sends a word to the parent."""

    def __init__(self, runner: Runner, store: ObjectStore, say: Callable[[Word], None]) -> None:
        self._runner = runner
        self._store = store
        self._say = say
        self._cancelled = threading.Event()
        self._progress_at = -PROGRESS_EVERY_S
        self._plans: Recent[str, PlanReader] = Recent(_KEPT)
        self._specs: Recent[Digest, Json] = Recent(_KEPT)

    def cancel(self) -> None:
        """Stop the order at work before its next piece."""
        self._cancelled.set()

    def obey(self, order: Order) -> Word:
        """Carry out an order; its last word."""
        self._cancelled.clear()
        try:
            return self._compute(order)
        except CancelledAttemptError:
            return Word(verb=Verb.CANCELLED)
        except AttemptError as error:
            return Word(
                verb=Verb.FAILED, items=error.piece, failure_class=error.failure_class, reason=error.reason
            )
        except Exception as error:
            failure_class = classify(error)
            if failure_class is not FailureClass.UNAVAILABLE:
                log.error("unit_failed", exc_info=error)
            return Word(verb=Verb.FAILED, failure_class=failure_class, reason=reason_of(error))

    def _compute(self, order: Order) -> Word:
        started = time.perf_counter()
        message = order.work
        assert message is not None  # the parent orders nothing else
        bind_contextvars(project=message.project, job=message.job, unit=message.unit)
        blobs = Blobs(self._store, message.project)
        work = self._open(message, blobs, reads_ahead=not order.is_careful)
        trial = Trial(excluded=order.excluded, batch_limit=order.batch_limit, probe=order.probe)
        attempt = Attempt(work, trial, self._begin)
        if order.probe:
            attempt.probe()
            return Word(verb=Verb.PROBED)
        outcome = attempt.run()
        result = UnitResult(
            job=message.job,
            plan=message.plan,
            unit=message.unit,
            attempt=order.attempt,
            num_done=outcome.num_done,
            failures=outcome.failures,
            outputs=outcome.outputs.outputs,
            blobs=tuple(outcome.outputs.blobs),
            is_cut_short=outcome.outputs.is_cut_short,
            batch_limit=order.batch_limit,
            duration_us=round((time.perf_counter() - started) * 1e6),
        )
        digest = Results(blobs, message.plan).write(result)
        return Word(verb=Verb.FINISHED, result=digest, num_failed=len(outcome.failures))

    def _open(self, message: WorkMessage, blobs: Blobs, *, reads_ahead: bool) -> UnitWork:
        plans = self._plans.get(message.project, lambda: PlanReader(blobs))
        unit = plans.unit(message.plan, message.unit)
        spec = self._specs.get(message.spec, lambda: json.loads(blobs.get(message.spec)))
        return self._runner.open(
            UnitRequest(
                kind=message.kind,
                spec=spec,
                blobs=blobs,
                payload=unit.payload,
                job=message.job,
                plan=message.plan,
                unit=message.unit,
                inputs=message.inputs,
                tell=self._tell,
                reads_ahead=reads_ahead,
            )
        )

    def _tell(self, kind: str, ident: str, data: Mapping[str, Json]) -> None:
        """Pass news on; of progress only what is a second younger than the last that was passed on."""
        check_news(kind, data)
        now = time.monotonic()
        if kind == PROGRESS:
            if now - self._progress_at < PROGRESS_EVERY_S:
                return
            self._progress_at = now
        self._say(Word(verb=Verb.NEWS, news=News(type=kind, id=ident, data=data)))

    def _begin(self, piece: Piece) -> None:
        if self._cancelled.is_set():
            raise CancelledAttemptError
        self._say(Word(verb=Verb.PIECE, items=piece))


def main(arguments: list[str]) -> None:
    """Run until the parent's pipe closes."""
    settings = ProcessSettings()
    configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this
    words = _take_stdout()
    saying = threading.Lock()  # a runner may tell from threads of its own
    _limit_memory(int(arguments[1]) if len(arguments) > 1 else 0)

    def say(word: Word) -> None:
        try:
            with saying:
                words.write(WORD_WIRE.encode(word) + b"\n")
        except BrokenPipeError:
            os._exit(0)  # the parent is gone: nobody would hear a result

    try:
        module, _, function = arguments[0].partition(":")
        runner: Runner = getattr(importlib.import_module(module), function)()
        child = Child(runner, open_store(settings), say)
    except BakehouseError as error:
        log.error("child_not_started", reason=error.message)
        sys.exit(1)
    orders: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders, child), daemon=True).start()
    say(Word(verb=Verb.READY))
    while True:
        say(child.obey(orders.get()))


def _listen(orders: SimpleQueue[Order], child: Child) -> None:
    for line in sys.stdin.buffer:
        order = ORDER_WIRE.decode(line)
        if order.cancel:
            child.cancel()
        else:
            orders.put(order)
    os._exit(0)  # as above


def _take_stdout() -> BinaryIO:
    """The pipe to the parent, taken from stdout so that a library that prints does not break it."""
    words = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return words


def _limit_memory(limit_mib: int) -> None:
    if limit_mib and sys.platform == "linux":  # elsewhere RLIMIT_DATA does not count what malloc maps
        resource.setrlimit(resource.RLIMIT_DATA, (limit_mib << 20, limit_mib << 20))


if __name__ == "__main__":
    main(sys.argv[1:])
