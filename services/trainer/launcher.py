"""The worker's side of a run. It computes nothing: it starts ranks, hears them out, and starts them again.

The ranks are processes under torchrun, also where there is one. They read the launcher's pipe and end when it
closes, so that they never outlive it; where they died, they go on from their newest checkpoint.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from threading import Timer
from typing import IO

from bakehouse.errors import CorruptionError, UnavailableError
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest
from bakehouse.logs import get_logger
from bakehouse.spec import parse_spec
from services.trainer.order import ORDER_WIRE, UNIT_WIRE, WORD_WIRE, RankWord, RunOrder, Saying
from services.trainer.training_spec import TrainingSpec

RANK_MODULE = "services.trainer.rank"

_MAX_DEATHS = 3  # without a checkpoint between them
_ABANDONED_S = 10.0

log = get_logger()


class Launcher:
    """Computes runs in a worker's child, one after another."""

    def open(self, request: UnitRequest) -> "Run":
        """Begin or go on with a run; nothing is started yet."""
        return Run(request)


class Run:
    """One run. Its items are its steps, its batches what lies between two checkpoints."""

    def __init__(self, request: UnitRequest) -> None:
        spec = parse_spec(TrainingSpec, request.spec, what="training")
        self._order = RunOrder(
            project=request.blobs.project, job=request.job, plan=request.plan, inputs=request.inputs
        )
        self._num_steps = UNIT_WIRE.decode(request.payload).num_steps
        self._request = request
        self._num_processes = spec.num_processes
        self._every = spec.save_every_n_steps
        self._ranks: Ranks | None = None
        self._reached = 0
        self._deaths = 0
        self._done: RankWord | None = None
        self._watchdog: Timer | None = None

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The steps, by the checkpoint that makes them safe."""
        steps = range(self._num_steps)
        return [
            [f"step-{step + 1}" for step in steps[start : start + self._every]]
            for start in steps[:: self._every]
        ]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """Wait until the last of these steps is safe in a checkpoint, or the run ended before it.

        Raises:
            ConfigError: the run can't work.
            UnavailableError: the store is away.
        """
        last = int(items[-1].removeprefix("step-"))
        self._attend(last)
        return ()

    def close(self) -> UnitOutputs:
        """Wait for the run's end; what it made.

        Raises:
            ConfigError, UnavailableError: as `run`.
        """
        self._attend(None)
        assert self._done is not None  # nothing else ends the attention
        outputs = dict(self._done.data or {})
        is_cut_short = outputs.get("stopped") is True
        return UnitOutputs(outputs=outputs, blobs=self._done.blobs, is_cut_short=is_cut_short)

    def _attend(self, step: int | None) -> None:
        """Hear the ranks until `step` is safe, or to their end."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        try:
            while self._done is None and (step is None or self._reached < step):
                self._hear()
        except BaseException:
            self._end()
            raise
        if self._done is not None:
            self._end()
            return
        # A cancelled unit is never closed: nobody attending means that nobody wants it.
        self._watchdog = Timer(_ABANDONED_S, self._end)
        self._watchdog.daemon = True
        self._watchdog.start()

    def _hear(self) -> None:
        if self._ranks is None:
            self._ranks = Ranks(self._order, self._num_processes)
        word = self._ranks.hear()
        if word is None:
            self._bury(self._ranks.end())
            return
        match word.saying:
            case Saying.NEWS:
                self._request.tell(word.type, word.id, word.data or {})
            case Saying.REACHED:
                if word.step > self._reached:
                    self._reached, self._deaths = word.step, 0
                    self._request.tell("checkpoint", f"step-{word.step}", {"step": word.step})
            case Saying.DONE:
                self._done = word
            case Saying.FAILED:
                raise _failure(word)

    def _bury(self, code: int) -> None:
        """The ranks died without a word: start them again, unless they always die here."""
        self._ranks = None
        self._deaths += 1
        log.warning("ranks_died", code=code, after_step=self._reached, deaths=self._deaths)
        if self._deaths >= _MAX_DEATHS:
            raise ConfigError(
                f"training died {self._deaths} times after step {self._reached} without a word (exit {code}) "
                "as when memory runs out; try a smaller train_batch_size, or see the worker's log"
            )

    def _end(self) -> None:
        ranks, self._ranks = self._ranks, None
        if ranks is not None:
            ranks.end()


class Ranks:
    """The processes of one start. They hold our pipe as standard input; their words come on their output."""

    def __init__(self, order: RunOrder, num_processes: int) -> None:
        command = [sys.executable, "-m", "torch.distributed.run"]
        command += [f"--nproc-per-node={num_processes}", "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0"]
        command += ["--local-addr=127.0.0.1", "-m", RANK_MODULE, ORDER_WIRE.encode(order).decode()]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(num_processes)
        )

    @property
    def pid(self) -> int:
        """The process id of the agent that started the ranks."""
        return self._process.pid

    def hear(self) -> RankWord | None:
        """The next word; None when all ranks are gone."""
        for line in _stream(self._process.stdout):
            if word := _word_of(line):
                return word
        return None

    def end(self) -> int:
        """End them all: closing the pipe ends the ranks, and the agent without ranks ends. Its exit code."""
        _stream(self._process.stdin).close()
        try:
            self._process.wait(_ABANDONED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for _ in _stream(self._process.stdout):
            pass  # its end says that the last of them is gone
        _stream(self._process.stdout).close()
        return self._process.wait()


def _environment(num_processes: int) -> dict[str, str]:
    """Ours; without its workspace cuBLAS adds up in any order, and a rank without a share takes all cores."""
    found = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8", **os.environ}
    if num_processes > 1:
        found.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // num_processes)))
    return found


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both are pipes
    return stream


def _word_of(line: bytes) -> RankWord | None:
    try:
        return WORD_WIRE.decode(line)
    except CorruptionError:
        log.info("rank_printed", text=line.decode(errors="replace").rstrip()[:200])
        return None


def _failure(word: RankWord) -> Exception:
    if word.failure_class is FailureClass.UNAVAILABLE:
        return UnavailableError(word.reason)
    return ConfigError(word.reason)
