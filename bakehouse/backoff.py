"""How long to wait between two tries. Pure: no clock, no sleeping, the caller's randomness."""

from collections.abc import Iterator
from random import Random


def delays(
    random: Random, *, first_s: float = 0.1, factor: float = 2.0, most_s: float = 5.0
) -> Iterator[float]:
    """Endless waits in seconds that grow by `factor` up to `most_s`, each cut by up to a half at random.

    The cut keeps many clients of a server that comes back from returning in step.
    """
    ceiling_s = min(first_s, most_s)
    while True:
        yield random.uniform(ceiling_s / 2, ceiling_s)
        ceiling_s = min(ceiling_s * factor, most_s)
