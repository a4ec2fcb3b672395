"""A sample's turn in a run: what all its randomness (caption, timestep, noise) is drawn from. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_KEY_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One sample's turn in a run. `batch` is the number of its step in the epoch.

    `occurrence` counts the same sample's turns in one step.
    """

    seed: int
    epoch: int
    batch: int
    sample: bytes
    occurrence: int = 0

    def bits(self, purpose: str) -> int:
        """64 random bits for `purpose`, the same whenever and wherever they are asked for."""
        place = f"{self.seed}/{self.epoch}/{self.batch}/{self.occurrence}/{purpose}/".encode()
        return int.from_bytes(hashlib.sha256(place + self.sample).digest()[:_KEY_BYTES], "big")

    def uniform(self, purpose: str) -> float:
        """A number in [0, 1) from 53 of these bits."""
        return (self.bits(purpose) >> 11) / (1 << 53)


def turns(
    batch: Sequence[int], ids: Sequence[bytes], *, seed: int, epoch: int, number: int
) -> Iterator[Turn]:
    """The turns of a step's samples, whose ids are in `ids`; `number` is the step's in its epoch."""
    seen: dict[int, int] = {}
    for sample in batch:
        occurrence = seen.get(sample, 0)
        seen[sample] = occurrence + 1
        yield Turn(seed=seed, epoch=epoch, batch=number, sample=ids[sample], occurrence=occurrence)
