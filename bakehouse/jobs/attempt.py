"""One attempt at a unit, inside the child: batch by batch, item by item where a batch fails.

No process, pipe or message is known here: it is told what to try and asks whether to go on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bakehouse.errors import UnavailableError
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure, classify, reason_of
from bakehouse.jobs.isolation import Piece, Trial
from bakehouse.jobs.stage import UnitOutputs, UnitWork
from bakehouse.logs import get_logger

log = get_logger()


class CancelledAttemptError(Exception):
    """Nobody wants the unit any more."""


class AttemptError(Exception):
    """The attempt as a whole failed, at `piece`."""

    def __init__(self, piece: Piece, failure_class: FailureClass, reason: str) -> None:
        super().__init__(reason)
        self.piece = piece
        self.failure_class = failure_class
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOutcome:
    """What an attempt that came to its end gave."""

    outputs: UnitOutputs
    num_done: int
    failures: tuple[ItemFailure, ...]


class Attempt:
    """Runs `work` as `trial` says. `begin` hears each piece before it is computed and may raise to stop."""

    def __init__(self, work: UnitWork, trial: Trial, begin: Callable[[Piece], None]) -> None:
        self._work = work
        self._trial = trial
        self._begin = begin
        self._failures = {failure.item: failure for failure in trial.excluded}

    def run(self) -> AttemptOutcome:
        """Compute all that is not excluded.

        Raises:
            AttemptError: memory, a missing dependency, a wrong job, or an error of ours in every item.
        """
        pieces = list(self._pieces())
        for piece in pieces:
            self._run_piece(piece)
        num_items = sum(len(piece) for piece in pieces) + len(self._trial.excluded)
        self._refuse_nothing_but_bugs(num_items)
        self._begin(())
        try:
            outputs = self._work.close()
        except Exception as error:
            raise self._attempt_error((), error) from error
        failures = tuple(self._failures[item] for item in sorted(self._failures))
        return AttemptOutcome(outputs=outputs, num_done=num_items - len(failures), failures=failures)

    def probe(self) -> None:
        """Compute each suspect alone and keep nothing; a suspect that merely raises is no killer."""
        for item in self._trial.probe:
            self._begin((item,))
            try:
                self._work.run((item,))
            except UnavailableError as error:
                raise self._attempt_error((item,), error) from error
            except Exception as error:  # noqa: BLE001 - only whether the process survives is asked
                log.info("probe_raised", item=item, error=type(error).__name__)

    def _pieces(self) -> Iterator[Piece]:
        excluded = {failure.item for failure in self._trial.excluded}
        for batch in self._work.batches:
            left = tuple(item for item in batch if item not in excluded)
            size = self._trial.batch_limit or max(1, len(left))
            for start in range(0, len(left), size):
                yield left[start : start + size]

    def _run_piece(self, piece: Piece) -> None:
        self._begin(piece)
        try:
            self._note(self._work.run(piece))
        except Exception as error:  # noqa: BLE001 - a stage may raise anything; it is classified
            if len(piece) > 1 and self._concerns_items(error):
                for item in piece:
                    self._run_alone(item)
            else:
                self._blame(piece, error)

    def _run_alone(self, item: str) -> None:
        self._begin((item,))
        try:
            self._note(self._work.run((item,)))
        except Exception as error:  # noqa: BLE001 - a stage may raise anything; it is classified
            self._blame((item,), error)

    def _blame(self, piece: Piece, error: Exception) -> None:
        """Record the failure of a single item, or raise what no item is to blame for."""
        if not self._concerns_items(error):
            raise self._attempt_error(piece, error) from error
        failure_class = classify(error)
        if failure_class is FailureClass.BUG:
            log.error("item_failed", item=piece[0], exc_info=error)
        self._note([ItemFailure(item=piece[0], failure_class=failure_class, reason=reason_of(error))])

    def _note(self, failures: Sequence[ItemFailure]) -> None:
        self._failures |= {failure.item: failure for failure in failures}

    def _refuse_nothing_but_bugs(self, num_items: int) -> None:
        bugs = [f for f in self._failures.values() if f.failure_class is FailureClass.BUG]
        if bugs and len(bugs) == num_items:
            raise AttemptError((), FailureClass.BUG, f"all {num_items} items failed: {bugs[0].reason}")

    @staticmethod
    def _concerns_items(error: Exception) -> bool:
        return classify(error) in {FailureClass.INPUT, FailureClass.BUG}

    @staticmethod
    def _attempt_error(piece: Piece, error: Exception) -> AttemptError:
        if not isinstance(error, UnavailableError | ConfigError | MemoryError):
            log.error("attempt_failed", exc_info=error)
        return AttemptError(piece, classify(error), reason_of(error))
