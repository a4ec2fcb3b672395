"""Computes units of `captioner.tag` in a worker's child: pictures in, a shard of their scores out."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest
from bakehouse.errors import BakehouseError, InvalidInputError
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure, classify, reason_of
from bakehouse.jobs.stage import UnitOutputs, UnitRequest, UnitWork
from services.captioner.ports import LoadTagger, ReadSquare, Square, Tagger
from services.captioner.tagger import SHARED
from services.captioner.unit import UNIT_WIRE, TagUnit


class TagRunner:
    """Opens units; the tagger of one serves the next. `readers` read pictures while others are looked at."""

    def __init__(self, load_tagger: LoadTagger, read_square: ReadSquare, readers: Executor) -> None:
        self._load_tagger = load_tagger
        self._read_square = read_square
        self._readers = readers

    def open(self, request: UnitRequest) -> UnitWork:
        """Have the tagger loaded, and begin.

        Raises:
            ConfigError: it can't be used.
            NotFoundError: it is not in the project `shared` any more.
        """
        unit = UNIT_WIRE.decode(request.payload)
        tagger = self._load_tagger(Blobs(request.blobs.store, SHARED), unit.model)
        blobs, read_square = request.blobs, self._read_square

        def read(picture: Digest) -> Square:
            try:
                return read_square(blobs.get(picture), side=tagger.side)
            except InvalidInputError as error:
                raise InvalidInputError(f"picture {picture}: {error.message}") from error

        reading = Reading(
            lambda picture: self._readers.submit(read, picture),
            unit.batches if request.reads_ahead else (),
        )
        return TagWork(unit, blobs, tagger, reading)


class Reading:
    """Pictures being read: those that are asked for and, behind them, those of the batch that comes next."""

    def __init__(
        self, submit: Callable[[Digest], Future[Square]], batches: Sequence[Sequence[Digest]]
    ) -> None:
        """`submit` begins to read a picture; `batches` are read ahead in their order."""
        self._submit = submit
        self._next = {batch[-1]: after for batch, after in pairwise(batches)}
        self._begun: dict[Digest, Future[Square]] = {}

    def read(self, pictures: Sequence[Digest]) -> Sequence[Future[Square]]:
        """The pictures' squares, each of them read or not to be read."""
        self._begin(pictures)
        self._begin(self._next.get(pictures[-1], ()))
        found = [self._begun.pop(picture) for picture in pictures]
        wait(found)  # at once: to wake for each costs more than to read a small one
        return found

    def _begin(self, pictures: Sequence[Digest]) -> None:
        for picture in pictures:
            if picture not in self._begun:
                self._begun[picture] = self._submit(picture)


class TagWork:
    """One unit. The pictures of a batch are read while the batch before is looked at."""

    def __init__(self, unit: TagUnit, blobs: Blobs, tagger: Tagger, reading: Reading) -> None:
        self._unit = unit
        self._blobs = blobs
        self._tagger = tagger
        self._reading = reading
        self._scores: dict[str, npt.NDArray[np.float16]] = {}

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The pictures' digests, as planned."""
        return self._unit.batches

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """Score pictures together; those that can't be read fail alone.

        Raises:
            ConfigError, MemoryError, UnavailableError, CapacityError: no picture is to blame.
        """
        squares, failures = self._read(items)
        if squares:
            # One conversion of the whole batch: a float for every byte is four times the memory of a square.
            batch = np.stack(list(squares.values())).astype(np.float32)
            scores = self._tagger.score(batch)
            if scores.shape != (len(squares), self._unit.num_tags):
                raise ConfigError(
                    f"model.onnx gives {scores.shape[-1]} scores for a picture, and selected_tags.csv has "
                    f"{self._unit.num_tags} tags; give the two files of one tagger"
                )
            self._scores |= dict(zip(squares, scores.astype(np.float16), strict=True))
        return failures

    def close(self) -> UnitOutputs:
        """Store the scores as one shard, in the order of the plan."""
        keys = self._unit.keys
        rows = [(keys[p], _tensor(self._scores[p])) for p in keys if p in self._scores]
        if not rows:
            return UnitOutputs(outputs=None)
        shard = write_shard(self._blobs, rows)
        return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest])

    def _read(self, items: Sequence[str]) -> tuple[Mapping[str, Square], list[ItemFailure]]:
        squares: dict[str, Square] = {}
        failures = []
        found = self._reading.read([Digest(item) for item in items])
        for item, square in zip(items, found, strict=True):
            try:
                squares[item] = square.result()
            except BakehouseError as error:
                if classify(error) is not FailureClass.INPUT:
                    raise
                failures.append(
                    ItemFailure(item=item, failure_class=FailureClass.INPUT, reason=reason_of(error))
                )
        return squares, failures


def _tensor(scores: npt.NDArray[np.float16]) -> Tensor:
    """A row of scores as safetensors has it: (num_tags,) float16, little-endian."""
    return Tensor(dtype="F16", shape=scores.shape, data=scores.astype("<f2").tobytes())
